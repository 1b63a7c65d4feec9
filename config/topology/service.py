"""One service of a topology, as a frozen value: what its container is made of, and how it is rolled out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.topology.data import Copied
    from config.values.names import ImageReference
    from config.values.units import Capability, Duration, Memory


class Order(StrEnum):
    """How a service's new container takes over from the old one; the words are Kubernetes'."""

    ROLLING = "rolling"
    """Rolling update: start new, ready, switch the proxy, drain old, stop old. For what may run twice."""
    RECREATE = "recreate"
    """Queue requests, stop old, start new, ready, release. For what must never run twice on one database."""


ORDERS_BEFORE = {"overlap": Order.ROLLING, "stop-first": Order.RECREATE}
"""What a stack file called them before; read all the same."""


class Protocol(StrEnum):
    """What a service speaks on its port."""

    HTTP = "http"
    """The proxy forwards it, holds it while no container is ready, and answers to the service's name on the network."""
    TCP = "tcp"
    """Anything else, such as a database's own. The container itself carries the name."""


class SecretTarget(StrEnum):
    """How a secret reaches the process."""

    FILE = "file"
    """A file below /run/secrets; `name` is the variable that holds its path (`…_FILE`). Not in `docker inspect`."""
    ENVIRONMENT = "environment"
    """A variable, for images that read no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSpec:
    """Data that outlives every container."""

    name: str
    """Docker volume name, or an absolute host path for a bind mount."""
    path: str
    """Where the container sees it."""
    copied: Copied
    """How a backup takes it."""


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
    """How it is known that a container works."""

    readiness: str = ""
    """HTTP path; the rollout waits until it answers 2xx on the service's port, asked from the proxy. Empty where the
    service speaks no HTTP: then the rollout waits for `command`."""
    liveness: str = ""
    """HTTP path of the proxy's active check; cheap, ignores databases where the service allows it."""
    command: tuple[str, ...] | None
    """Docker HEALTHCHECK with a tool that the image really has, as an argument list; None where it has none."""
    failure: str = ""
    """What its log says where it starts and answers although its data is not in order: it is not ready then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Order and time limits of a service's rollout."""

    order: Order
    start: Duration
    """Longest time from start to ready."""
    settle: Duration
    """How long it must then stay ready before the old container goes."""
    drain: Duration
    """Longest wait for the old container's last request (rolling update)."""
    stop: Duration
    """Grace between SIGTERM and SIGKILL."""
    hold: Duration
    """Longest time that the proxy holds a request while no container answers."""


FIGURES_PORT = 2021
"""Where the proxy says its figures, on the network."""
PROXYS_PORTS = {
    80: "the proxy's redirect",
    443: "the proxy's sites",
    2020: "the proxy's status",
    FIGURES_PORT: "the proxy's figures",
}
"""Inside its container."""

_NOT_IN_A_CONTAINER = {
    "purpose", "accessory_of", "enabled", "stopped", "rollout", "settings", "stand_in", "after", "swarm",
    "first_start_cut", "group",
}  # fmt: skip
"""Fields of a service that its container is not made of."""
_UNLESS_SET = ("files", "neighbour", "outward")
"""Fields that no release is made of where they say nothing, as none was before there were these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """One service container of the spec's table."""

    name: str
    """The spec's container name; resolves on the network, whatever the running container is called."""
    purpose: str
    accessory_of: str | None
    """The service that it is there for; None for one of the spec's own."""
    port: int
    """The port inside the network."""
    protocol: Protocol
    aliases: tuple[str, ...]
    """Names that the container itself carries on the network, for what does not go through the proxy."""
    guarded: bool
    """It commands the host. Its neighbours reach it through the proxy alone, which asks them for what its site asks."""
    reaches: tuple[str, ...]
    """Databases and the like that it reaches: its own, and those that its stack file names."""
    after: tuple[str, ...]
    """Services that have to be ready before this one starts."""
    swarm: bool
    """It needs Docker's swarm mode on the host."""
    enabled: bool
    """False: only planned. Its sites answer 503 and say so; there is no container."""
    stopped: bool
    """Stopped by its operator, for as long as the stack file says so. The same, but its data and image are kept."""
    image: ImageReference | None
    """None only while planned."""
    stand_in: bool
    """The image is a locally made stand-in."""
    command: tuple[str, ...] | None
    first_start_cut: str
    """What its health check or its log says for ever once its first start was cut short, as a regular expression."""
    environment: Mapping[str, str]
    secrets: tuple[SecretUse, ...]
    volumes: tuple[VolumeSpec, ...]
    memory: Memory
    capabilities: tuple[Capability, ...]
    user: str | None
    init: bool
    """Docker puts its init process before the image's own."""
    health: Health
    rollout: Rollout
    direct_port: int | None
    """Port published on the host beside the proxy's (the spec's optional 3002 for mkt)."""
    direct_address: str
    """Host address that `direct_port` is bound to."""
    settings: str
    """The service's entry in the stack file, as JSON: what a rollback writes there again."""
    group: str = ""
    """The part of the stack file that it exists with, such as `watch`; empty: its entry in `services:`."""
    files: tuple[tuple[str, str], ...] = ()
    """Files that its container begins with, besides its secrets: path and text."""
    neighbour: bool = False
    """A private one that reaches what the proxy answers on the network too, without a name there."""
    outward: bool = False
    """A private one whose own network leads to the outside."""

    @property
    def private(self) -> bool:
        """Whether it is on a network of its own: a database with those that reach it, a guarded one with the proxy."""
        return self.guarded or self.protocol is not Protocol.HTTP

    @property
    def shut_in(self) -> bool:
        """Whether its name and port lead its neighbours elsewhere: only its sites lead to a port that the proxy has."""
        return self.port in PROXYS_PORTS

    @property
    def runs(self) -> bool:
        """Whether it has a container."""
        return self.enabled and not self.stopped

    @property
    def state(self) -> str:
        """`running`, `stopped` or `planned`, as the stack file has it."""
        return "running" if self.runs else "stopped" if self.enabled else "planned"

    @property
    def release(self) -> str:
        """7 hex digits that change with anything the container is made of. Timings and order are not part of it."""
        made_of = {key: value for key, value in asdict(self).items() if key not in _NOT_IN_A_CONTAINER}
        made_of = {key: value for key, value in made_of.items() if value or key not in _UNLESS_SET}
        made_of["volumes"] = [{"name": volume.name, "path": volume.path} for volume in self.volumes]
        text = json.dumps(made_of, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:7]
