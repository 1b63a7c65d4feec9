"""The topology: every site, service, record and open port of one stack, as a frozen value.

`config.derive` makes it from the stack file and the catalog; `config.caddy` renders it; `components/` maps it to
resources. Nothing here reads a file, a clock or the network, and nothing here imports Pulumi.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.names import Hostname, ImageReference
    from config.protection import Protection
    from config.records import DnsSpec, Record
    from config.registries import Registry
    from config.units import Capability, Duration, Memory

PROJECT = "smarter-net"
"""Pulumi project name, network name's default and the prefix of every ownership label."""


class Order(StrEnum):
    """How a service's new copy takes over from the old one."""

    OVERLAP = "overlap"
    """Start new, ready, switch the proxy, drain old, stop old. For what may run twice."""
    STOP_FIRST = "stop-first"
    """Hold requests, stop old, start new, ready, release. For what must never run twice on one database."""


class Protocol(StrEnum):
    """What a service speaks on its port."""

    HTTP = "http"
    """The proxy forwards it, holds it while no copy is ready, and answers to the service's name on the network."""
    TCP = "tcp"
    """Anything else, such as a database's own. The container itself carries the name."""


class Certificates(StrEnum):
    """Where the proxy's certificates come from."""

    INTERNAL = "internal"
    """Caddy's own CA; nothing leaves the machine."""
    LETS_ENCRYPT = "lets-encrypt"
    LETS_ENCRYPT_STAGING = "lets-encrypt-staging"
    """Let's Encrypt's staging directory: not trusted by browsers, hardly rate-limited."""


class SecretTarget(StrEnum):
    """How a secret reaches the process."""

    FILE = "file"
    """A file below /run/secrets; `name` is the variable that holds its path (`…_FILE`). Not in `docker inspect`."""
    ENVIRONMENT = "environment"
    """A variable, for images that read no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHost:
    """This machine's Docker daemon, as the docker command line finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshHost:
    """A server reached over SSH."""

    address: str
    user: str
    port: int
    host_key: str
    """`ssh-ed25519 AAAA…`: type and key, no host name, no comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallSpec:
    """What a server lets in; everything else is dropped."""

    ssh_from: tuple[str, ...]
    """Addresses and networks that may reach the SSH server."""
    ssh_port: int
    open_ports: tuple[int, ...]
    """TCP ports that everybody may reach."""
    interfaces: tuple[str, ...]
    """Trusted with everything, besides Docker's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """The bridge that every service is reached on, by name."""

    name: str
    external: bool | None
    """True: exists and is only used. False: created and owned. None: owned unless it is there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSpec:
    """Data that outlives every container."""

    name: str
    """Docker volume name, or an absolute host path for a bind mount."""
    path: str
    """Where the container sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """One secret of the stack, as one service receives it."""

    secret: str
    """Name below `secret:` in the stack file."""
    name: str
    """Environment variable."""
    target: SecretTarget
    fingerprint: str
    """16 bits of the value's hash, hex: a rotation changes the release, the value cannot be found from it."""

    @property
    def path(self) -> str:
        """Path of the file inside the container, for `SecretTarget.FILE`."""
        return f"/run/secrets/{self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How it is known that a copy works."""

    readiness: str = ""
    """HTTP path; the rollout waits until it answers 2xx on the service's port, asked from the proxy. Empty where the
    service speaks no HTTP: then the rollout waits for `command`."""
    liveness: str = ""
    """HTTP path of the proxy's active check; cheap, ignores databases where the service allows it."""
    command: tuple[str, ...] | None
    """Docker HEALTHCHECK with a tool that the image really has, as an argument list; None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Order and time limits of a service's rollout."""

    order: Order
    start: Duration
    """Longest time from start to ready."""
    settle: Duration
    """How long it must then stay ready before the old copy goes."""
    drain: Duration
    """Longest wait for the old copy's last request (overlap)."""
    stop: Duration
    """Grace between SIGTERM and SIGKILL."""
    hold: Duration
    """Longest time that the proxy holds a request while no copy answers."""


_NOT_IN_A_CONTAINER = {"purpose", "accessory_of", "enabled", "rollout", "settings", "stand_in", "after", "swarm"}
"""Fields of a service that its container is not made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """One service container of the spec's table."""

    name: str
    """The spec's container name; resolves on the network, whatever the running copy is called."""
    purpose: str
    accessory_of: str | None
    """The service that it is there for; None for one of the spec's own."""
    port: int
    """The port inside the network."""
    protocol: Protocol
    aliases: tuple[str, ...]
    """Names that the container itself carries on the network, for what does not go through the proxy."""
    after: tuple[str, ...]
    """Services that have to be ready before this one starts."""
    swarm: bool
    """It needs Docker's swarm mode on the host."""
    enabled: bool
    """False: only planned. Its sites answer 503 and say so; there is no container."""
    image: ImageReference | None
    """None only while planned."""
    stand_in: bool
    """The image is a locally made stand-in."""
    command: tuple[str, ...] | None
    environment: Mapping[str, str]
    secrets: tuple[SecretUse, ...]
    volumes: tuple[VolumeSpec, ...]
    memory: Memory
    capabilities: tuple[Capability, ...]
    user: str | None
    health: Health
    rollout: Rollout
    direct_port: int | None
    """Port published on the host beside the proxy's (the spec's optional 3002 for mkt)."""
    direct_address: str
    """Host address that `direct_port` is bound to."""
    settings: str
    """The service's entry in the stack file, as JSON: what a rollback writes there again."""

    @property
    def release(self) -> str:
        """7 hex digits that change with anything the container is made of. Timings and order are not part of it."""
        made_of = {key: value for key, value in asdict(self).items() if key not in _NOT_IN_A_CONTAINER}
        text = json.dumps(made_of, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:7]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """One host name that the proxy answers to."""

    host: Hostname
    service: str
    """Name of the service behind it."""
    url: str
    """`https://host[:port]`, as a browser needs it."""
    protection: Protection


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySpec:
    """Caddy in front of everything."""

    name: str
    """Container name: `caddy-proxy`."""
    image: ImageReference
    http_port: int
    """Published port of the redirect to https."""
    https_port: int
    bind_address: str
    """Host address that both ports are bound to."""
    bind_address6: str | None
    """The same for IPv6; None: not reached over it."""
    certificates: Certificates
    email: str | None
    """ACME account address."""
    storage: VolumeSpec
    """Certificates, seen at /root/letsencrypt."""
    memory: Memory
    stop: Duration
    stream_close_delay: Duration
    """How long WebSockets and streams survive a change of the proxy's config."""
    health_interval: Duration
    """Between two of the proxy's active checks of a service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """All of one stack."""

    stack: str
    host: LocalHost | SshHost
    firewall: FirewallSpec | None
    """None: the machine's own is left as it is."""
    network: NetworkSpec
    proxy: ProxySpec
    services: tuple[ServiceSpec, ...]
    """Every service of the catalog, planned ones too, in the catalog's order; after each one the accessories that it
    has in this stack."""
    sites: tuple[SiteSpec, ...]
    registries: tuple[Registry, ...] = field(default=())
    """Whose images need a log-in."""
    records: tuple[Record, ...] = field(default=())
    """What the sites need to be found, whoever makes it."""
    dns: DnsSpec | None = None
    """None: the records are made by hand."""

    def service(self, name: str) -> ServiceSpec:
        """The service of that name; KeyError if there is none."""
        return {service.name: service for service in self.services}[name]

    @property
    def proxied(self) -> tuple[ServiceSpec, ...]:
        """The services that the proxy forwards to, planned ones too."""
        return tuple(service for service in self.services if service.protocol is Protocol.HTTP)

    @property
    def swarm(self) -> bool:
        """Whether the host has to be in Docker's swarm mode."""
        return any(service.swarm for service in self.running)

    @property
    def running(self) -> tuple[ServiceSpec, ...]:
        """The services that have a container."""
        return tuple(service for service in self.services if service.enabled)
