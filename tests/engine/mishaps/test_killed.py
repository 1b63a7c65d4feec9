"""`up` killed with SIGKILL, the engine and its plugins with it, at ten moments: the next `up` needs no hand work."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import clear
from tests.engine.conftest import SERVICES, SITES, SIX
from tests.rig.kill import kill_at
from tests.rig.plan import at_rest
from tests.rig.project import Project
from tests.rig.visitors.browser import silent, visits

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.rig.dockerd import Dockerd

STATEFUL = ["api.smarterbot.localhost", "dash.smarterbot.localhost"]
MOMENTS = (0.3, 0.45, 0.6, 0.75, 0.9)
"""Fractions of a run that is not killed; before the first of them the engine has not begun."""
VISITS = 20
TURNS = itertools.count()


def taken_by_up(project: Project) -> float:
    began = time.monotonic()
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return time.monotonic() - began


def whole(project: Project, dockerd: Dockerd) -> None:
    """The next `up` is green, and everything is there once."""
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert len(dockerd.containers()) == len(SIX)
    assert silent(SITES) == {}
    assert at_rest(project)


@pytest.fixture(scope="module")
def first_seconds(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a first deployment takes."""
    taken = taken_by_up(Project(tmp_path_factory.mktemp("measured") / "p", dockerd.host))
    clear(dockerd)
    return taken


@pytest.mark.drawn(2)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_first_deployment_killed(first_seconds: float, dockerd: Dockerd, tmp_path: Path, moment: float) -> None:
    tries: list[Project] = []

    def start() -> subprocess.Popen[str]:
        clear(dockerd)
        tries.append(Project(tmp_path / str(len(tries)), dockerd.host))
        return tries[-1].spawn("up")

    kill_at(moment, first_seconds, start)
    whole(tries[-1], dockerd)
    clear(dockerd)


def change_all(project: Project, turn: int) -> None:
    for service in SERVICES:
        project.change(service, environment={"TURN": str(turn)})


@pytest.fixture(scope="module")
def change_seconds(deployed: Project) -> float:
    """What a change of every service takes. Its volumes have been used."""
    for _ in range(VISITS):
        assert all(visits(site) for site in STATEFUL)
    change_all(deployed, next(TURNS))
    return taken_by_up(deployed)


@pytest.mark.drawn(2)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_of_every_service_killed(
    change_seconds: float, deployed: Project, dockerd: Dockerd, moment: float
) -> None:
    before = {site: visits(site) for site in STATEFUL}

    def start() -> subprocess.Popen[str]:
        change_all(deployed, next(TURNS))
        return deployed.spawn("up")

    kill_at(moment, change_seconds, start)
    whole(deployed, dockerd)
    for site, count in before.items():
        assert visits(site) > count >= VISITS, "a volume was lost: it counts from one again"
