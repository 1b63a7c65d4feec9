"""The Docker daemon of a stack, seen through the `docker` command: what really is there, by our labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from host.docker_objects import Container, Image, Network, Volume
from host.errors import OperatorError
from host.identity import FORMAT, asked
from host.labels import STACK
from host.run import last_line

if TYPE_CHECKING:
    import subprocess

    from host.identity import Identity
    from host.machine import Machine

Shown = TypeVar("Shown", Container, Image, Network, Volume)


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

    def containers(self) -> list[Container]:
        """Every container with the stack's label, stopped ones too."""
        return self.inspect(Container, self._ids("ps", "-aq", "--no-trunc"))

    def containers_of(self, service: str) -> list[Container]:
        """Those of one service: what runs comes last, and of those the newest."""
        own = [found for found in self.containers() if found.service == service]
        return sorted(own, key=lambda each: (each.running, each.created))

    def running(self, *filters: str) -> list[Container]:
        """Every container that runs, other people's too; `filters` as `docker ps` takes them, such as `volume=x`."""
        options = [option for each in filters for option in ("--filter", each)]
        return self.inspect(Container, self.docker("ps", "--quiet", "--no-trunc", *options).split())

    def networks(self) -> list[Network]:
        """Every network with the stack's label."""
        return self.inspect(Network, self._ids("network", "ls", "-q", "--no-trunc"))

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

    def inspect(self, kind: type[Shown], ids: list[str]) -> list[Shown]:
        """Each of these that is there, by id or name."""
        if not ids:
            return []
        # One that vanishes between the list and this call is left out by docker, with a non-zero exit code.
        result = self._docker(kind.KIND, "inspect", *ids)
        return [kind.of(found) for found in json.loads(result.stdout or "[]")]
