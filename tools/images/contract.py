"""What the real images say of themselves, as their public Dockerfiles have it: `contracts/*.json`, one file an image.

The program relies on nothing of an image that does not stand here; images made here are made of it; `make pin` compares
a registry's image with it. What a base image sets for its own build (versions, checksums) is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "contracts"
INITS = ("tini", "dumb-init")
_SECOND = 1_000_000_000  # Docker counts in nanoseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that the image brings, with its rights."""

    path: str
    mode: int = 0o755
    owner: str = ""
    """One of the image's users; empty: root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The image's own health check; times in seconds, None where it leaves them to Docker."""

    test: tuple[str, ...]
    interval: int | None = None
    timeout: int | None = None
    start_period: int | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One image's own config, and what it brings that others use."""

    name: str
    """Of its file: the service's, or the image's where several services run it."""
    services: tuple[str, ...]
    """Names in the catalog."""
    repository: str | None = None
    """None: the image is private."""
    tag: str | None = None
    source: str
    """Repository and path of the Dockerfile."""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    """Empty: root."""
    directory: str = ""
    """Working directory; empty: /."""
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None
    """None: SIGTERM."""
    health: HealthCheck | None = None
    capabilities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """File capabilities, permitted and effective, by the file's path."""
    programs: tuple[str, ...]
    """Paths of the programs that entry point and command name."""
    tools: tuple[str, ...] = ()
    """Paths of programs that a health check or a person may run in it."""
    users: Mapping[str, int] = field(default_factory=dict)
    """Its users besides root, with their numbers, which are their groups' too."""
    folders: tuple[Folder, ...] = ()

    @property
    def has_init(self) -> bool:
        """Whether its process 1 reaps and passes signals on."""
        return bool(self.entrypoint) and Path(self.entrypoint[0]).name in INITS

    @property
    def config(self) -> dict[str, Any]:
        """The same as Docker's own image config has it."""
        health = self.health
        said: dict[str, Any] = {
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "User": self.user,
            "WorkingDir": self.directory,
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
            "ExposedPorts": {port: {} for port in self.ports},
            "Volumes": {path: {} for path in self.volumes},
            "StopSignal": self.stop_signal,
            "Healthcheck": _docker_health(health) if health else None,
        }
        return {key: value for key, value in said.items() if value}


def _docker_health(health: HealthCheck) -> dict[str, Any]:
    times = {"Interval": health.interval, "Timeout": health.timeout, "StartPeriod": health.start_period}
    said = {"Test": list(health.test), **{key: time * _SECOND for key, time in times.items() if time}}
    return said | ({"Retries": health.retries} if health.retries else {})


def contracts(folder: Path = FOLDER) -> dict[str, Contract]:
    """Every contract by the name of its file."""
    return {path.stem: read(path) for path in sorted(folder.glob("*.json"))}


def of_service(service: str, folder: Path = FOLDER) -> Contract | None:
    """The contract of the image that a service runs; None for one that an operator has added."""
    return next((found for found in contracts(folder).values() if service in found.services), None)


def read(path: Path) -> Contract:
    """One contract. ValueError names the file and the key that is wrong."""
    said = json.loads(path.read_text(encoding="utf-8"))
    unknown = set(said) - {known.name for known in fields(Contract)} | ({"name"} & set(said))
    if unknown:
        raise ValueError(
            f"{path.name}: {', '.join(sorted(unknown))}: no such key; tools/images/contract.py has them all"
        )
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    try:
        values |= {
            "services": tuple(said.get("services", [path.stem])),
            "health": _health(said.get("health")),
            "folders": tuple(_folder(one) for one in said.get("folders", ())),
            "capabilities": {file: tuple(names) for file, names in said.get("capabilities", {}).items()},
        }
        return Contract(name=path.stem, **values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}; compare it with tools/images/contract.py") from None


def _health(said: Mapping[str, Any] | None) -> HealthCheck | None:
    return HealthCheck(**{**said, "test": tuple(said["test"])}) if said else None


def _folder(said: Mapping[str, str]) -> Folder:
    return Folder(path=said["path"], mode=int(said.get("mode", "755"), 8), owner=said.get("owner", ""))
