"""Docker, or the machine, is restarted at twenty moments of a run that replaces the proxy, mkt and n8n.

Afterwards, without a person's help, every site answers; and the next `up` is green. When only Docker is restarted, the
engine's run may fail, and what goes on on the host goes on.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SITES, SIX
from tests.engine.rollout.test_killed import SEED, moments
from tests.engine.rollout.test_reboot import end
from tests.rig.kill import kill_all
from tests.rig.plan import at_rest
from tests.rig.visitors.browser import silent
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

SECONDS = 30
"""From the daemon's start, and the end of what goes on on the host, until every site answers."""
ROLLOUTS_TAKE = 120
"""Seconds that a rollout may take which waited for a daemon."""
TURNS = itertools.count()
EACH = pytest.mark.parametrize("moment", moments(), ids=lambda moment: f"{moment:.2f} of seed {SEED}")


def change(project: Project) -> None:
    """Something new for two services and the proxy."""
    turn = next(TURNS)
    for service in ("smarteros-blogbowl", "n8n"):
        project.change(service, environment={"TURN": str(turn), "READY_AFTER": "1"}, rollout={"drain": "3s"})
    config = project.read()["config"]
    config["smarter-net:proxy"]["memory"] = f"{900 + turn}MiB"
    project.write(config)


@pytest.fixture(scope="module")
def seconds(deployed: Project) -> float:
    """What such a run takes."""
    change(deployed)
    began = time.monotonic()
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return time.monotonic() - began


def heals(project: Project, dockerd: Dockerd) -> None:
    """Every site answers by itself, and the next run is green."""
    until(lambda: not silent(SITES), "every site answers", seconds=SECONDS)
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    until(lambda: dockerd.running() == dict.fromkeys(SIX, 1), "each runs once, and nothing besides")
    assert at_rest(project)


@pytest.mark.drawn(1)
@EACH
def test_every_site_answers_after_docker_was_restarted_at(
    deployed: Project, dockerd: Dockerd, seconds: float, moment: float
) -> None:
    change(deployed)
    run = deployed.spawn("up")
    time.sleep(moment * seconds)
    dockerd.restart()
    run.communicate(timeout=ROLLOUTS_TAKE + seconds)
    heals(deployed, dockerd)


@pytest.mark.drawn(1)
@EACH
def test_every_site_answers_after_the_machine_was_restarted_at(
    deployed: Project, dockerd: Dockerd, seconds: float, moment: float
) -> None:
    change(deployed)
    run = deployed.spawn("up")
    time.sleep(moment * seconds)
    kill_all(run)
    until(lambda: end(deployed), "the rollouts are killed")
    subprocess.run(["pkill", "-KILL", "-f", f"{deployed.root}/bin/rollout.pyz"], check=False)
    subprocess.run(["nft", "delete", "table", "inet", "smarter_net_standby"], check=False, capture_output=True)
    dockerd.power_cut()
    dockerd.start()
    # What the boot unit runs.
    line = [sys.executable, "-I", "-S", str(deployed.root / "bin" / "rollout.pyz"), "resume"]
    with subprocess.Popen(line, env=deployed.environment) as boot:
        heals(deployed, dockerd)
        assert boot.wait(timeout=ROLLOUTS_TAKE) == 0
