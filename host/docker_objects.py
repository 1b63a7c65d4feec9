"""What Docker shows of the things that it has, as values: here its JSON ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from host.labels import RELEASE, SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = dict[str, Any]


@dataclass(frozen=True)
class Binding:
    """A port of the host that a container asks for, as Docker spells it."""

    address: str
    """Empty: all of them."""
    port: str
    """Empty: any that is free."""


@dataclass(frozen=True)
class Container:
    """A container, stopped ones too."""

    KIND: ClassVar = "container"

    id: str
    name: str
    image: str
    """What it was made from, as that was named."""
    image_id: str
    created: str
    """This and the next as Docker writes a time: the later one is the greater one."""
    started: str
    running: bool
    paused: bool
    health: str
    """Docker's mark; empty without a health check."""
    labels: Mapping[str, str]
    variables: tuple[str, ...]
    """NAME=value each."""
    memory: int
    """Bytes that it may have; 0: all."""
    restart: str
    networks: Mapping[str, str]
    """Id of each that it is on, by name."""
    address: str
    """On the first of them that has one: where its host reaches it. Empty while it does not run."""
    mounts: Mapping[str, str]
    """Name of the volume, or path on the host, by the path in the container."""
    asked: tuple[Binding, ...]
    """Ports of the host that it is to have."""
    bound: frozenset[int]
    """Ports of the host that it has now."""

    @property
    def service(self) -> str:
        """The spec's name of the service that it belongs to; empty if it is none of ours."""
        return self.labels.get(SERVICE, "")

    @property
    def release(self) -> str:
        """What it was rolled out as; empty if it was not."""
        return self.labels.get(RELEASE, "")

    @property
    def serves(self) -> bool:
        """Whether it does anything at all."""
        return self.running and not self.paused

    @classmethod
    def of(cls, found: JSON) -> Container:
        """From `docker container inspect`."""
        state, config, host, network = (found[part] for part in ("State", "Config", "HostConfig", "NetworkSettings"))
        asked = (host.get("PortBindings") or {}).values()
        bound = (network.get("Ports") or {}).values()
        return cls(
            id=found["Id"],
            name=found["Name"].lstrip("/"),
            image=config["Image"],
            image_id=found["Image"],
            created=found["Created"],
            started=state["StartedAt"],
            running=bool(state["Running"]),
            paused=bool(state["Paused"]),
            health=str((state.get("Health") or {}).get("Status") or ""),
            labels=config.get("Labels") or {},
            variables=tuple(config.get("Env") or ()),
            memory=int(host.get("Memory") or 0),
            restart=str((host.get("RestartPolicy") or {}).get("Name") or ""),
            networks={name: str(each.get("NetworkID") or "") for name, each in network["Networks"].items()},
            address=next((ip for each in network["Networks"].values() if (ip := each.get("IPAddress"))), ""),
            mounts={each["Destination"]: each.get("Name") or each["Source"] for each in found["Mounts"]},
            asked=tuple(
                Binding(each.get("HostIp") or "", each.get("HostPort") or "")
                for bindings in asked
                for each in bindings or ()
            ),
            bound=frozenset(int(each["HostPort"]) for bindings in bound for each in bindings or ()),
        )


@dataclass(frozen=True)
class Image:
    """What an image gives to its containers."""

    KIND: ClassVar = "image"

    id: str = ""
    variables: tuple[str, ...] = ()
    volumes: frozenset[str] = frozenset()
    """Paths for which each container gets a volume without a name."""
    config: JSON = field(default_factory=dict, compare=False)
    """All that it says of itself, as a registry tells it."""

    @classmethod
    def of(cls, found: JSON) -> Image:
        """From `docker image inspect`."""
        config = found.get("Config") or {}
        return cls(found["Id"], tuple(config.get("Env") or ()), frozenset(config.get("Volumes") or ()), config)


@dataclass(frozen=True)
class Network:
    """A network."""

    KIND: ClassVar = "network"

    id: str
    name: str
    empty: bool
    """No container that runs is on it."""

    @classmethod
    def of(cls, found: JSON) -> Network:
        """From `docker network inspect`."""
        return cls(found["Id"], found["Name"], not found.get("Containers"))


@dataclass(frozen=True)
class Volume:
    """A volume; Docker gives it no id."""

    KIND: ClassVar = "volume"

    name: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, found: JSON) -> Volume:
        """From `docker volume inspect`."""
        return cls(found["Name"], found.get("Labels") or {})
