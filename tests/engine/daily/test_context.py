"""The daemon that `docker context use` has chosen is the one that is meant, by all of a run's parts."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import clear
from tests.engine.conftest import SIX
from tests.rig.plan import at_rest, unchanged
from tests.rig.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd


@pytest.fixture(scope="module")
def chosen(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A stack of an operator who has no DOCKER_HOST, as with Docker Desktop, Colima or rootless Docker."""
    folder = tmp_path_factory.mktemp("context")
    project = Project(folder / "p", dockerd.host)
    del project.environment["DOCKER_HOST"]
    project.environment["DOCKER_CONFIG"] = str(folder / "docker")
    for command in (
        ["create", "rig", "--docker", f"host={dockerd.host}"],
        ["create", "elsewhere", "--docker", "host=unix:///nowhere/docker.sock"],
        ["use", "rig"],
    ):
        subprocess.run(["docker", "context", *command], env=project.environment, check=True, capture_output=True)
    yield project
    clear(dockerd)


def test_a_stack_comes_up_on_it_and_is_at_rest(chosen: Project, dockerd: Dockerd) -> None:
    result = chosen.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert at_rest(chosen)
    plain = chosen.pulumi("up", "--yes", "--skip-preview")
    assert unchanged(plain), plain.stdout + plain.stderr


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ("elsewhere", "docker: no daemon answers; start it, or point DOCKER_HOST at one that runs"),
        ("missing", "`docker context ls` shows what there is"),
    ],
)
def test_one_that_does_not_answer_is_one_line(chosen: Project, context: str, said: str) -> None:
    chosen.environment["DOCKER_CONTEXT"] = context
    try:
        result = chosen.operate("up")
        plain = chosen.pulumi("preview")
    finally:
        del chosen.environment["DOCKER_CONTEXT"]
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: docker: ")
    assert said in line
    assert plain.returncode != 0
    assert "Traceback" not in plain.stdout + plain.stderr


def test_docker_host_goes_before_it(chosen: Project, dockerd: Dockerd) -> None:
    chosen.environment |= {"DOCKER_CONTEXT": "elsewhere", "DOCKER_HOST": dockerd.host}
    try:
        result = chosen.operate("up")
    finally:
        del chosen.environment["DOCKER_CONTEXT"], chosen.environment["DOCKER_HOST"]
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)


def test_what_was_made_through_it_is_taken_down_through_it(chosen: Project, dockerd: Dockerd) -> None:
    assert chosen.operate("up").returncode == 0
    result = chosen.operate("down")
    assert result.returncode == 0, result.stdout + result.stderr
    assert not dockerd.containers()
