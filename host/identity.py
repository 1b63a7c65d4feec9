"""Which Docker daemon of this machine is meant, and which one it is. Apart from `host.py`: it needs no engine."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from host.environment import environment

FORMAT = '{"id":{{json .ID}},"data":{{json .DockerRootDir}},"name":{{json .Name}}}'
"""What is asked of `docker info`."""
TOLD = "SMARTER_NET_DAEMON"
"""Variable with the identity, where `make` has asked for it already."""
DEFAULT_ENDPOINT = "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class Identity:
    """One Docker daemon."""

    id: str
    """Docker's own, made at its first start; two daemons of one machine may share it."""
    data: str
    """The folder that it keeps its data in: with another one it has other containers."""
    name: str = ""
    """Its machine's name, such as `docker-desktop`."""
    endpoint: str = ""
    """Where it was reached last."""

    def is_(self, other: Identity) -> bool:
        """Whether it is the same daemon, wherever it is reached."""
        return (self.id, self.data) == (other.id, other.data)

    def text(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, found: object) -> Identity | None:
        """From JSON, or the text of it; None if it is none of ours."""
        if isinstance(found, str):
            try:
                found = json.loads(found)
            except ValueError:
                return None
        if not isinstance(found, dict) or not found.get("id"):
            return None
        return cls(**{key: str(found.get(key) or "") for key in ("id", "data", "name", "endpoint")})


def context_endpoint() -> str | None:
    """Where the daemon of the current docker context listens; None where DOCKER_HOST or the default context is used.

    RuntimeError with docker's own words if there is no such context.
    """
    if os.environ.get("DOCKER_HOST") or (os.environ.get("DOCKER_CONTEXT") or _configured()) in {"", "default"}:
        return None
    command = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    if asked.returncode:
        raise RuntimeError(asked.stderr.strip().splitlines()[-1] if asked.stderr.strip() else "no such context")
    return asked.stdout.strip()


def _configured() -> str:
    """The context that `docker context use` has chosen; empty if none was."""
    path = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(found.get("currentContext") or "") if isinstance(found, dict) else ""


def asked(said: str) -> Identity | None:
    """The identity in what `docker info` answered to `FORMAT`."""
    found = Identity.of(said.strip())
    if found is None:
        return None
    endpoint = os.environ.get("DOCKER_HOST") or context_endpoint() or DEFAULT_ENDPOINT
    return Identity(found.id, found.data, found.name, endpoint)


def identity() -> Identity | None:
    """Which daemon it is; None if none answers."""
    if told := Identity.of(os.environ.get(TOLD, "")):
        return told
    try:
        command = ["docker", "info", "--format", FORMAT]
        found = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    except OSError:
        return None
    return None if found.returncode else asked(found.stdout)
