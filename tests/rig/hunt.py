"""Where a value can be read that one deployment has used."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from tests.rig.processes import ProcessList

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project


class Hunt:
    """All that deployments left behind where another user could read it. `folders`: the stack's, on its server."""

    def __init__(self, project: Project, dockerd: Dockerd, *folders: Path) -> None:
        self._project, self._dockerd, self._folders = project, dockerd, folders
        self._processes: set[bytes] = set()
        self._output = ""

    def up(self) -> None:
        """A plan in detail, then the run, both as a colleague would see them over the shoulder."""
        with ProcessList() as processes:
            plan = self._project.operate("preview", "--diff")
            run = self._project.operate("up")
            # Without the engine's ready-made plan, and with all details.
            plain = self._project.pulumi("up", "--yes", "--diff")
        assert run.returncode == 0, run.stdout + run.stderr
        assert plain.returncode == 0, plain.stdout
        self._output += "".join(result.stdout + result.stderr for result in (plan, run, plain))
        self._processes |= processes.seen

    def find(self, value: str) -> set[str]:
        """Where the value is, in clear or merely encoded."""
        wanted = [value.encode(), base64.b64encode(value.encode()).rstrip(b"=")]
        return {place for place, content in self._places() if any(form in content for form in wanted)}

    def _places(self) -> Iterator[tuple[str, bytes]]:
        yield from self._files("files of the stack", self._project.folder / "state")
        yield "files of the stack", (self._project.folder / f"Pulumi.{self._project.stack}.yaml").read_bytes()
        for folder in self._folders:
            yield from self._files("files on the server", folder)
        yield "output", self._output.encode()
        yield "docker inspect", json.dumps(self._dockerd.containers()).encode()
        for found in self._dockerd.containers():
            logs = self._dockerd.docker("logs", found["Id"])
            yield "docker logs", (logs.stdout + logs.stderr).encode()
        yield "process list", b"\n".join(self._processes)
        asked = ["exec", "caddy-proxy", "wget", "-q", "-O", "-", "http://127.0.0.1:2020/config/"]
        yield "running proxy config", self._dockerd.docker(*asked).stdout.encode()

    @staticmethod
    def _files(place: str, folder: Path) -> Iterator[tuple[str, bytes]]:
        for path in folder.rglob("*"):
            if path.is_file():
                yield place, path.read_bytes()
