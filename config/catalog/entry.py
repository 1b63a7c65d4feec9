"""The forms that the catalog fills in: what there is to say about a service, the proxy, a stand-in, a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from config.topology.service import Protocol
from config.values.names import ImageReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.topology.service import Health, Rollout, SecretTarget, VolumeSpec
    from config.values.units import Capability, Duration, Memory


class Origin(StrEnum):
    """Where a secret's value comes from."""

    MADE = "made"
    """At random, by `make secrets`."""
    OPERATOR = "operator"
    """A third party gave it to the operator: a token, the password of an account."""
    LOG_IN = "log-in"
    """The password, or better a token with few rights, of an account elsewhere: at a registry, at Cloudflare."""
    PASSWORD = "password"  # noqa: S105 - a word
    """The operator chooses it; only its bcrypt hash is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededSecret:
    """A secret without which the real image must not start."""

    secret: str
    variable: str
    target: SecretTarget
    length: int
    """Fewest characters."""
    reason: str
    """What happens without it."""
    origin: Origin = Origin.MADE
    permanent: str | None = None
    """What a new value would do to the data, for a secret that must stay what it is; None: it may be rotated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessory:
    """What ties an accessory to the service that it is there for: it runs where the real image of that one does."""

    of: str
    """The service's name."""
    gives: Mapping[str, str]
    """Variables that the service gets with it."""
    secrets: tuple[NeededSecret, ...]
    """Secrets that the service gets with it."""
    first: bool = False
    """It has to be ready before the service starts."""
    same_version: bool = False
    """Its image has the tag of the service's."""
    instead: tuple[str, ...] = ()
    """Variables of the service, one of which says what takes the accessory's place where it is off. Empty: nothing
    has to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One service, as it is if a stack file says nothing about it."""

    name: str
    purpose: str
    port: int
    repository: str | None
    """None: there is no public image; a stack file names it."""
    version: str
    """The tag of the image."""
    first_start_cut: str = ""
    """What its health check or its log says for ever once its first start was cut short, as a regular expression. Empty
    where the next start goes on."""
    keeps_major: bool = False
    """Its data is read by the same major version alone: the number that the tag begins with."""
    accessory: Accessory | None = None
    """None: a service of the spec."""
    protocol: Protocol = Protocol.HTTP
    aliases: tuple[str, ...] = ()
    """Names that the container itself carries on the network, for what does not go through the proxy."""
    guarded: bool = False
    """It commands the host. Its neighbours reach it through the proxy alone, which asks them for what its site asks."""
    swarm: bool = False
    """It needs Docker's swarm mode on the host."""
    command: tuple[str, ...] | None = None
    enabled: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    """Variables that no stack file may set, besides those with the port: the data or its service relies on them."""
    secrets: tuple[NeededSecret, ...] = ()
    volumes: tuple[VolumeSpec, ...] = ()
    """Each says how a backup copies it: `config.topology.data`."""
    memory: Memory
    least_memory: Memory
    capabilities: tuple[Capability, ...] = ()
    user: str | None = None
    init: bool = False
    """Its image has a process 1 that reaps and passes signals on. Without one, Docker's is put before it."""
    health: Health
    rollout: Rollout
    private_paths: tuple[str, ...] = ("/metrics",)
    """What no visitor of a site gets: figures for the neighbours on the network."""
    public_paths: tuple[str, ...] = ()
    """What other people's programs call, also where a site lets in certain addresses only."""
    first_visitor: str | None = None
    """What the first visitor becomes, for services where that is their administrator."""
    group: str = ""
    """The part of the stack file that it exists with; empty: its own line in `services:`. It has no stand-in."""
    reaches: tuple[str, ...] = ()
    """Private services that it reaches whatever the stack file says."""
    neighbour: bool = False
    """Private, and on the network too, to ask the proxy."""
    outward: bool = False
    """Private, and its own network leads to the outside."""
    alone: str | None = None
    """Why two containers must never run at once, for services where they must not."""

    @property
    def image(self) -> ImageReference | None:
        """The image of the catalog, by its tag alone."""
        return ImageReference(self.repository, self.version) if self.repository else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyEntry:
    """Caddy, as it is if a stack file says nothing about it."""

    name: str
    image: ImageReference
    memory: Memory
    least_memory: Memory
    most_requests: int
    """How many requests and streams a service has to answer at the same time; what comes on top waits for its hold."""
    most_waiting: int
    """How many requests wait for a service at the same time; what comes on top gets a page at once."""
    storage_path: str
    """Where the container sees its certificates."""
    stop: Duration
    """Requests under way get this long to end."""
    stream_close_delay: Duration
    """How long WebSockets and streams survive a change of the config."""
    health_interval: Duration
    """Between two active checks of a service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInEntry:
    """A stand-in: a small local image that takes a service's place and only tells who it is."""

    memory: Memory
    least_memory: Memory
    probe: tuple[str, ...]
    """Its own health check."""
    start: Duration
    settle: Duration
