"""The Docker daemon of a stack, seen through the `docker` command: what really is there, by our labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from host.errors import OperatorError
from host.identity import FORMAT, asked
from host.labels import SERVICE, STACK
from host.run import last_line

if TYPE_CHECKING:
    import subprocess

    from host.identity import Identity
    from host.machine import Machine

JSON = dict[str, Any]


class Daemon:
    """The daemon of a stack: on a server its own, here the one that DOCKER_HOST or the current context names."""

    def __init__(self, stack: str, machine: Machine) -> None:
        self.stack = stack
        self.machine = machine
        self.bare = False
        """There is no Docker yet, on a new server: it holds nothing."""
        self.identity: Identity | None = None
        """Which one it is; known of this machine's alone, once it was reached."""

    def docker(self, *arguments: str) -> str:
        """Run a docker command; its failure is one line."""
        result = self._docker(*arguments)
        if result.returncode:
            raise OperatorError(f"docker {arguments[0]}: {last_line(result.stderr, 'failed')}")
        return result.stdout

    def meet(self) -> str | None:
        """Learn which one it is; why not, in docker's own words, if it does not answer."""
        result = self._docker("info", "--format", FORMAT)
        self.identity = None if result.returncode else asked(result.stdout)
        return None if self.identity else last_line(result.stderr or result.stdout, "no answer")

    def reachable(self) -> bool:
        """Whether a daemon answers."""
        return self._docker("version", "--format", "{{.Server.Version}}").returncode == 0

    def installed(self) -> bool:
        """Whether there is a docker command at all. A new server has none."""
        return self.machine.run(["sh", "-c", "command -v docker"]).returncode == 0

    def containers(self) -> list[JSON]:
        """Every container with the stack's label, stopped ones too, as `docker inspect` shows them."""
        return self.inspect("container", self._ids("ps", "-aq", "--no-trunc"))

    def networks(self) -> list[JSON]:
        """Every network with the stack's label."""
        return self.inspect("network", self._ids("network", "ls", "-q", "--no-trunc"))

    def volumes(self) -> list[str]:
        """Names of the volumes with the stack's label."""
        return self._ids("volume", "ls", "-q")

    def exists(self, kind: str, name: str) -> bool:
        """Whether there is a container, network, volume or image of that name or id."""
        return self._docker(kind, "inspect", name).returncode == 0

    def exec(self, container: str, *command: str) -> str | None:
        """What a command inside a container prints; None if it fails."""
        result = self._docker("exec", container, *command)
        return None if result.returncode else result.stdout

    def _docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.machine.run(["docker", *arguments])

    def _ids(self, *command: str) -> list[str]:
        """What a listing command shows of this stack."""
        return [] if self.bare else self.docker(*command, "--filter", f"label={STACK}={self.stack}").split()

    def inspect(self, kind: str, ids: list[str]) -> list[JSON]:
        """What `docker inspect` shows of each."""
        if not ids:
            return []
        # One that vanishes between the list and this call is left out by docker, with a non-zero exit code.
        result = self._docker(kind, "inspect", *ids)
        found: list[JSON] = json.loads(result.stdout or "[]")
        return found


def service_of(container: JSON) -> str:
    """The spec's name of the service that a container belongs to."""
    name: str = container["Config"]["Labels"].get(SERVICE, "")
    return name
