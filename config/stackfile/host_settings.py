"""The machine, its firewall and its network, in a stack file."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, StrictBool

from config.stackfile import fields
from config.stackfile.part import Model


class LocalHostSettings(Model):
    """This machine."""

    bind_address: ClassVar[str] = "127.0.0.1"
    """Where the proxy listens if nothing else is said: what runs on a laptop is not for its neighbours."""
    storage: ClassVar[str] = "smarter-net-letsencrypt"
    pinned_images: ClassVar[bool] = False

    connection: Literal["local"]
    """`local`: the Docker daemon of this machine."""


class SshHostSettings(Model):
    """A server reached over SSH."""

    bind_address: ClassVar[str] = "0.0.0.0"  # noqa: S104 - a server's proxy is there for everybody
    storage: ClassVar[str] = "/root/letsencrypt"
    """The spec's certificate storage."""
    pinned_images: ClassVar[bool] = True
    """Whether an image must name its digest, so that a plan shows the very bytes that will run."""

    connection: Literal["ssh"]
    """`ssh`: the Docker daemon of a server."""
    address: fields.IPv4 = Field(examples=["203.0.113.10"])
    """The server's public IPv4 address; every site's A record holds it."""
    address6: fields.IPv6 | None = Field(default=None, examples=["2001:db8::10"])
    """The server's public IPv6 address, if it has one; `dns.ipv6` makes use of it."""
    user: fields.UserName = "root"
    """Who logs in."""
    port: fields.Port = 22
    """Port of the SSH server."""
    listeners: fields.ListOf[fields.Port] = Field(default=(), examples=["[5355]"])
    """TCP ports that programs of the server's own may listen on, so that `make drift` does not name them."""
    host_key: fields.HostKey = Field(examples=["ssh-ed25519 AAAA…"])
    """The server's own key: type and key as `ssh-keyscan` prints them, checked out of band."""


class FirewallSettings(Model):
    """What a server lets in besides the published ports. Without `ssh-from` its own firewall is left as it is."""

    ssh_from: fields.NotEmpty[fields.Source] | None = Field(default=None, examples=["[203.0.113.5]"])
    """Addresses and networks, IPv4 or IPv6, that may reach the SSH server. No other can."""
    interfaces: fields.ListOf[fields.Interface] = Field(default=(), examples=["[wg0]"])
    """Further interfaces to trust with everything, such as a VPN's. Not Docker's own, nor the Internet's."""


class NetworkSettings(Model):
    """The bridge network that all containers share."""

    name: fields.NetworkName = "smarter-net"
    """Its name in Docker."""
    external: StrictBool | None = None
    """true: it exists and is only used. false: it is created and owned. Left out: owned unless it is there already."""
