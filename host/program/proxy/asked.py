"""A proxy that is to be, as the engine asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..names import CONFIG_DIRECTORY
from ..request import document_of, incomplete

if TYPE_CHECKING:
    from ..place import Place

CAPABILITIES = ("--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE")


@dataclass(frozen=True)
class Published:
    """A port of the host that leads into the proxy."""

    address: str
    """As it stands before a port."""
    port: int
    inside: int

    @property
    def bare(self) -> str:
        """The address as Docker tells it."""
        return self.address.strip("[]")


@dataclass(frozen=True)
class Asked:
    """A proxy that is to be."""

    image: str
    memory: int
    """MiB."""
    environment: tuple[str, ...]
    """`NAME=value` each."""
    health: str
    """The URL that its health check asks."""
    command: tuple[str, ...]
    stop: int
    """Seconds that it has to end in."""
    storage: str
    """Its certificates, `volume:path` as Docker mounts them."""
    listen: tuple[Published, ...]
    networks: tuple[tuple[str, tuple[str, ...]], ...]
    """Id of each, and the names that it answers to there."""

    @classmethod
    def parse(cls, text: str) -> Asked:
        """From its document; Failed if any of it is missing."""
        found = document_of(text)
        try:
            return cls(
                str(found["image"]),
                int(found["memory"]),
                tuple(map(str, found["environment"])),
                str(found["health"]),
                tuple(map(str, found["command"])),
                int(found["stop"]),
                str(found["storage"]),
                tuple(Published(str(address), int(port), int(inside)) for address, port, inside in found["listen"]),
                tuple((str(id_), tuple(map(str, names))) for id_, names in found["networks"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise incomplete(f"{type(error).__name__}: {error}") from None

    def options(self, place: Place) -> tuple[str, ...]:
        """What `docker run` is told of it, but for where it is reached and what it keeps."""
        memory = f"{self.memory}m"
        return (
            "--memory", memory, "--memory-swap", memory, "--init", *CAPABILITIES,
            "--security-opt", "no-new-privileges", "--sysctl", "net.ipv4.tcp_migrate_req=1",
            "--read-only", "--tmpfs", "/run/caddy", "--volume", f"{place.proxy}:{CONFIG_DIRECTORY}:ro",
            *(word for variable in self.environment for word in ("--env", variable)),
        )  # fmt: skip
