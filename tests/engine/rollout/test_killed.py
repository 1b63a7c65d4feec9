"""The engine is killed with SIGKILL at twenty random moments of a rollout under load.

No client notices. What was begun on the host goes on there, the next `up` needs no hand work, and no two copies of n8n
ever ran on its data: its own lock file would have turned the second one away, in its log.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX
from tests.rig.kill import kill_at
from tests.rig.plan import at_rest
from tests.rig.visitors.clients_at import REQUESTS_ONLY, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

RUN = os.environ.get("DRAWN") or os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(time.time())
"""The same in every process of one test run."""
SEED = zlib.crc32(RUN.encode())
"""In each test's name, so that a failure can be run again: put the number here."""
MOMENTS = 20
PAUSE = 0.2
"""Seconds. Twenty times of a minute under load: what one moment's visitors do not meet another's do."""
TURNS = itertools.count()
BEFORE_THE_ENGINE = 0.25
"""Of a run; the first quarter looks and plans."""


def moments() -> list[float]:
    chance = random.Random(SEED)
    return sorted(chance.uniform(BEFORE_THE_ENGINE, 0.9) for _ in range(MOMENTS))


@pytest.fixture(scope="module")
def seconds(deployed: Project) -> float:
    """What the rollouts take that the tests interrupt."""
    change(deployed)
    began = time.monotonic()
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return time.monotonic() - began


def change(project: Project) -> str:
    """Something new for two services; returns what tells it from every other change."""
    turn = str(next(TURNS))
    for service in ("smarteros-blogbowl", "n8n"):
        project.change(service, environment={"TURN": turn, "READY_AFTER": "1"}, rollout={"drain": "3s"})
    return turn


@contextmanager
def events(dockerd: Dockerd, service: str) -> Iterator[list[str]]:
    """What Docker says about a service's containers: `start` and `die`, in order."""
    seen: list[str] = []
    watch = ["docker", "events", "--format", "{{json .}}", "--filter", "type=container"]
    for wanted in ("event=start", "event=die", f"label=smarter-net.service={service}"):
        watch += ["--filter", wanted]
    environment = {**os.environ, "DOCKER_HOST": dockerd.host}
    process = subprocess.Popen(watch, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield seen
    finally:
        process.terminate()
        output, _ = process.communicate()
        seen += [json.loads(line)["Action"] for line in output.splitlines()]


def most_at_once(seen: list[str]) -> int:
    """How many of the containers ran at the same time at most; one ran before."""
    running = most = 1
    for what in seen:
        running += 1 if what == "start" else -1
        most = max(most, running)
    return most


@pytest.mark.drawn(4)
@pytest.mark.parametrize("moment", moments(), ids=lambda moment: f"{moment:.2f} of seed {SEED}")
def test_nobody_notices_that_the_engine_was_killed_at(
    deployed: Project, dockerd: Dockerd, seconds: float, moment: float
) -> None:
    asked = ""

    def start() -> subprocess.Popen[str]:
        nonlocal asked
        asked = change(deployed)
        return deployed.spawn("up")

    with (
        events(dockerd, "n8n") as of_n8n,
        load("smarteros-blogbowl", REQUESTS_ONLY, PAUSE) as site,
        load("n8n", REQUESTS_ONLY, PAUSE) as automation,
    ):
        kill_at(moment, seconds, start)
        result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert not site.failures, site.summary()
    assert not automation.failures, automation.summary()
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert len(dockerd.containers()) == len(SIX)
    assert most_at_once(of_n8n) == 1, of_n8n
    assert "another copy runs on this data" not in dockerd.docker("logs", dockerd.copy("n8n")).stdout
    environment = dict(line.split("=", 1) for line in dockerd.copies("n8n")[0]["Config"]["Env"])
    assert environment["TURN"] == asked, "the next run did not go on with what was asked for"


def test_after_all_of_them_there_is_nothing_left_to_do(deployed: Project) -> None:
    assert at_rest(deployed)
