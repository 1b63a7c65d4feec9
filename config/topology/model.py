"""The topology: every site, service, record and open port of one stack, as a frozen value.

`config.derive` makes it from the stack file and the catalog; `config.render.caddy` renders it; `components/` maps it to
resources. Nothing here reads a file, a clock or the network, and nothing here imports Pulumi.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from config.topology.pages import PagesSpec
from config.topology.service import Protocol

if TYPE_CHECKING:
    from config.topology.backup import BackupSpec
    from config.topology.records import DnsSpec, Record
    from config.topology.registries import Registry
    from config.topology.service import ServiceSpec, VolumeSpec
    from config.topology.watch import WatchSpec
    from config.values.names import Hostname, ImageReference
    from config.values.units import Duration, Memory

PROJECT = "smarter-net"
"""Pulumi project name, network name's default and the prefix of every ownership label."""


class Certificates(StrEnum):
    """Where the proxy's certificates come from."""

    INTERNAL = "internal"
    """Caddy's own CA; nothing leaves the machine."""
    LETS_ENCRYPT = "lets-encrypt"
    LETS_ENCRYPT_STAGING = "lets-encrypt-staging"
    """Let's Encrypt's staging directory: not trusted by browsers, hardly rate-limited."""


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
    listeners: tuple[int, ...] = ()
    """TCP ports that programs of its own may listen on."""


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

    def private(self, service: ServiceSpec) -> str:
        """Name of the bridge that a private service has to itself and those that reach it."""
        return f"{self.name}-{service.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A visitor with a password."""

    name: str
    secret: str
    """Name below `secret:` of the password's bcrypt hash."""
    fingerprint: str
    """Of the hash: a new password is a new config."""

    @property
    def file(self) -> str:
        """Name of the file with the hash, below the proxy's `logins/`."""
        return f"{self.name}-{self.fingerprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """One site's."""

    private_paths: tuple[str, ...]
    """For no visitor at all; with what lies below them."""
    public_paths: tuple[str, ...]
    """For every visitor, whatever the two below say: what other people's programs call. With what lies below them."""
    allow_from: tuple[str, ...]
    """Addresses and networks whose visitors are let in; empty: everybody's."""
    logins: tuple[Login, ...]
    """Visitors who are let in by name and password; empty: no visitor is asked."""
    max_body: Memory | None
    """Largest body of a request; None: as large as the service takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A site that is closed for a while."""

    text: str
    """What its page says; empty: the usual words."""
    allow_from: tuple[str, ...]
    """Addresses and networks whose visitors are let in all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """One host name that the proxy answers to."""

    host: Hostname
    service: str
    """Name of the service behind it, or behind the site that it leads to."""
    url: str
    """`https://host[:port]`, as a browser needs it."""
    protection: Protection
    redirect_to: str | None = None
    """URL of the site that its visitors are sent to; None: the service answers them."""
    maintenance: Maintenance | None = None
    paths: tuple[tuple[str, str], ...] = ()
    """Paths that another service answers, with its name; the longest first."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of each answer."""

    @property
    def services(self) -> tuple[str, ...]:
        """Every service behind it, each once."""
        return tuple(dict.fromkeys([self.service, *(service for _, service in self.paths)]))


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
    most_requests: int
    """That a service has to answer at the same time."""
    most_waiting: int
    """Requests that wait for a service at the same time."""
    stop: Duration
    stream_close_delay: Duration
    """How long WebSockets and streams survive a change of the proxy's config."""
    health_interval: Duration
    """Between two of the proxy's active checks of a service."""
    pages: PagesSpec = field(default=PagesSpec())


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
    """Every service that the stack file names, planned ones too, in the catalog's order; after each one the accessories
    that it has in this stack."""
    sites: tuple[SiteSpec, ...]
    registries: tuple[Registry, ...] = field(default=())
    """Whose images need a log-in."""
    records: tuple[Record, ...] = field(default=())
    """What the sites need to be found, made by hand or by the stack."""
    dns: DnsSpec | None = None
    """None: the records are made by hand."""
    backup: BackupSpec | None = None
    """None: `make backup` copies the data to the operator's machine."""
    watch: WatchSpec | None = None
    """None: no program looks at it."""

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
        return any(service.swarm for service in self.enabled)

    @property
    def enabled(self) -> tuple[ServiceSpec, ...]:
        """The services that are more than planned, stopped ones too."""
        return tuple(service for service in self.services if service.enabled)

    @property
    def running(self) -> tuple[ServiceSpec, ...]:
        """The services that have a container."""
        return tuple(service for service in self.services if service.runs)
