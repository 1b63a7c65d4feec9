"""`make drift` finds what was planted on the host, names it, and changes nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.engine.mishaps.test_healing import change_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

    Plant = Callable[[Dockerd, Project], object]

pytestmark = pytest.mark.drawn(3, "days", whole=True)
DONE = re.compile(r"(?<!would be )\b(started|recreated|loaded|delivered|set back|removed|put right)( again)?$")


def test_nothing_is_found_where_nothing_was_planted(deployed: Project) -> None:
    result = deployed.operate("drift")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "dev: as it was deployed." in result.stdout
    assert "•" not in result.stdout
    assert len(result.stdout.splitlines()) == 1, result.stdout


def run(*options: str) -> Plant:
    """A container of another project."""

    def plant(dockerd: Dockerd, _: Project) -> None:
        image = dockerd.docker("inspect", "-f", "{{.Config.Image}}", dockerd.copy("n8n")).stdout.strip()
        dockerd.docker("run", "--detach", "--name", "stranger", *options, image)

    return plant


def second_network(dockerd: Dockerd, _: Project) -> None:
    dockerd.docker("network", "create", "back-door")
    dockerd.docker("network", "connect", "back-door", dockerd.copy("metabase"))


def remove(dockerd: Dockerd, _: Project) -> None:
    dockerd.docker("rm", "--force", dockerd.copy("n8n"))


def stop(dockerd: Dockerd, _: Project) -> None:
    dockerd.docker("stop", dockerd.copy("dokploy"))


def give_more_memory(dockerd: Dockerd, _: Project) -> None:
    dockerd.docker("update", "--memory=99m", "--memory-swap=99m", dockerd.copy("nexa-runtime"))


PLANTED: dict[str, tuple[Plant, str]] = {
    "a container on our network": (run("--network", "smarter-net"), "container stranger: is on smarter-net"),
    "a port for everybody": (run("--publish", "5432:5432"), "container stranger: publishes port 5432 to everybody"),
    "a second network": (second_network, "is on the network back-door besides"),
    "a container that is gone": (remove, "missing on the host"),
    "a container that is stopped": (stop, "does not run"),
    "other memory": (give_more_memory, "changed by hand"),
    "another config of the proxy": (change_config, "its running config was changed by hand"),
}


@pytest.fixture
def _swept(deployed: Project, dockerd: Dockerd) -> Iterator[None]:
    yield
    dockerd.docker("rm", "--force", "--volumes", "stranger", check=False)
    if dockerd.copies("metabase"):
        dockerd.docker("network", "disconnect", "--force", "back-door", dockerd.copy("metabase"), check=False)
    dockerd.docker("network", "rm", "back-door", check=False)
    assert deployed.operate("up").returncode == 0


@pytest.mark.usefixtures("_swept")
@pytest.mark.parametrize("what", PLANTED)
def test_it_finds(deployed: Project, dockerd: Dockerd, what: str) -> None:
    plant, said = PLANTED[what]
    plant(dockerd, deployed)
    before = [(found["Id"], found["State"]["Status"]) for found in dockerd.containers()]
    result = deployed.operate("drift")
    assert result.returncode == 1, result.stdout + result.stderr
    assert said in result.stdout
    assert "differs from what was deployed" in result.stdout
    assert len(result.stdout.splitlines()) < 20, result.stdout
    # It has done nothing, and says so of nothing.
    for line in result.stdout.splitlines():
        assert not DONE.search(line), line
    assert [(found["Id"], found["State"]["Status"]) for found in dockerd.containers()] == before
