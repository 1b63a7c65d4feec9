"""A project whose commands run as an operator types them, against a `docker` that answers as a test wants it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.names import CONTAINER, DOCKER_PROVIDER, Part, docker_provider
from tests.operate.commands import docker
from tests.rig.project import Project
from tests.rig.skip import skip_or_fail

if TYPE_CHECKING:
    import subprocess

URN = "urn:pulumi:dev::smarter-net"
Resource = dict[str, Any]
"""Of the engine's state."""

PULUMI = """\
#!/bin/sh
# The engine's own command, but for a preview: that would need Docker's plugin and a daemon for it.
if [ "$1" != preview ]; then exec {pulumi} "$@"; fi
echo "$*" >>{folder}/previewed
cp Pulumi.dev.yaml {folder}/previewed.yaml
exit $(cat {folder}/preview-code)
"""


class Desk:
    """An operator's machine: the project, and the answers of the Docker daemon."""

    def __init__(self, folder: Path, pulumi: str) -> None:
        self.project = Project(folder / "project", "unix:///nowhere")
        self.bin = folder / "bin"
        self.bin.mkdir()
        script = Path(docker.__file__).read_text()
        self._program("docker", f"#!{sys.executable}\n{script}")
        self._program("pulumi", PULUMI.format(pulumi=pulumi, folder=self.bin))
        self.project.environment["PATH"] = f"{self.bin}:{self.project.environment['PATH']}"
        self.world: dict[str, Any] = {"down": False, "containers": [], "networks": [], "volumes": []}
        self.preview_ends_with(0)

    def _program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def preview_ends_with(self, code: int) -> None:
        (self.bin / "preview-code").write_text(str(code))

    def container(self, service: str, id_: str = "c1", **state: Any) -> None:  # noqa: ANN401  as Docker has it
        """A container of the stack `dev`, which runs unless `state` says otherwise."""
        labels = {"smarter-net.stack": "dev", "smarter-net.service": service, "smarter-net.release": "abc1234"}
        self.world["containers"].append({
            "Id": id_, "Name": f"/{service}-{id_}", "Image": "sha256:1", "Created": state.pop("created", "2026-11-26"),
            "State": {"Running": True, "Paused": False, "StartedAt": "2026-11-26", **state},
            "Config": {"Labels": labels, "Image": f"{service}:1"},
            "HostConfig": {"PortBindings": {}}, "NetworkSettings": {"Networks": {}, "Ports": {}}, "Mounts": [],
        })  # fmt: skip

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`make COMMAND` on the stack `dev`."""
        (self.bin / "world.json").write_text(json.dumps(self.world))
        return self.project.operate(command, *arguments)

    def refused(self, command: str, *arguments: str) -> str:
        """The one line that a command ends with."""
        ended = self.run(command, *arguments)
        assert ended.returncode == 1, ended.stdout + ended.stderr
        (line,) = ended.stderr.splitlines()
        return line

    def refused_at_once(self, command: str, *arguments: str) -> str:
        """The same, before Docker is asked anything; `nexa-runtime` is only planned."""
        self.project.change("nexa-runtime", enabled=False)
        line = self.refused(command, *arguments)
        assert not self.asked
        return line

    def wrong_stack_file(self) -> None:
        """One key that there is none of."""
        settings = self.project.read()["config"]
        self.project.write({**settings, "smarter-net:sits": []})

    @property
    def asked(self) -> list[list[str]]:
        """What docker was told."""
        file = self.bin / "asked"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def changes(self) -> list[list[str]]:
        """What docker was told to change."""
        return [words for words in self.asked if not set(words[:2]) & set(docker.READS)]

    @property
    def previewed(self) -> list[str]:
        """The engine's previews, as they were asked for."""
        file = self.bin / "previewed"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def previewed_file(self) -> str:
        """The stack file as the last preview found it."""
        return (self.bin / "previewed.yaml").read_text()

    def state(self, resources: list[Resource]) -> None:
        """Let that be the engine's state."""
        manifest = {"time": "2026-11-26T00:00:00Z", "magic": "", "version": ""}
        said = json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": resources}})
        assert self.project.pulumi("stack", "select", "--create").returncode == 0
        done = self.project.pulumi("stack", "import", stdin=said)
        assert done.returncode == 0, done.stderr

    def server(self, address: str) -> None:
        """Let the engine's state have a container on that server."""
        name = docker_provider(Part.HOST, address)
        provider = {"urn": f"{URN}::{DOCKER_PROVIDER}::{name}", "type": DOCKER_PROVIDER, "id": "p1", "custom": True}
        there = {"urn": f"{URN}::{CONTAINER}::n8n", "type": CONTAINER, "id": "c9", "custom": True}
        self.state([provider, {**there, "provider": f"{provider['urn']}::p1"}])

    def recorded(self) -> list[str]:
        """Types of what the engine's state has now."""
        exported = json.loads(self.project.pulumi("stack", "export").stdout)
        return [found["type"] for found in exported["deployment"].get("resources") or []]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    pulumi = shutil.which("pulumi")
    if not pulumi:
        skip_or_fail("needs pulumi; `make` gets it")
    return Desk(tmp_path, pulumi)
