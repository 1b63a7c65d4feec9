"""The machine goes away in the middle of a recreate and comes back: the site answers, without a person's help.

All processes end at once: the engine, the rollout on the host, the daemon, every container. Then the daemon starts, and
the command that the boot unit runs on a server.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SITES, SIX
from tests.rig.kill import kill_all
from tests.rig.plan import at_rest
from tests.rig.visitors.browser import silent, visits
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.drawn(2, "servers", whole=True)
N8N = "api.smarterbot.localhost"
SECONDS = 60
"""From the daemon's start until the site answers."""


def processes(line: re.Pattern[str]) -> list[int]:
    """Whose command line is like that. Words end with a null."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if line.search((process / "cmdline").read_bytes().decode(errors="replace")):
                found.append(int(process.name))
    return found


def send(project: Project, number: signal.Signals) -> None:
    """To the rollouts on the host, and what looks after them."""
    for pid in rollouts(project):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def rollouts(project: Project) -> list[int]:
    return processes(re.compile(re.escape(f"\0{project.root}/bin/rollout.pyz\0release\0")))


def end(project: Project) -> bool:
    """Kill all of them; one may begin another one meanwhile."""
    send(project, signal.SIGKILL)
    return not rollouts(project)


def states(dockerd: Dockerd) -> dict[str, str]:
    return {found["Id"]: found["State"]["Status"] for found in dockerd.copies("n8n")}


def held(project: Project) -> bool:
    return (project.root / "proxy" / "releases" / "n8n").read_text() == "127.0.0.1:9"


def before_the_new_copy_is_started(project: Project, dockerd: Dockerd, old: str) -> None:
    """The old container does not hear SIGTERM, so there is time to freeze the rollout while it waits for its end."""
    stop = re.compile(rf"docker\0stop\0.*{old}")
    until(lambda: processes(stop), "the old container is being stopped")
    send(project, signal.SIGSTOP)
    until(lambda: states(dockerd)[old] == "exited", "the old container has ended")
    assert sorted(states(dockerd).values()) == ["created", "exited"]


def before_the_new_copy_is_ready(_: Project, dockerd: Dockerd, old: str) -> None:
    until(lambda: sorted(states(dockerd).values()) == ["exited", "running"], "the new container has started")
    assert states(dockerd)[old] == "exited"


@pytest.mark.parametrize("moment", [before_the_new_copy_is_started, before_the_new_copy_is_ready])
def test_the_site_comes_back_by_itself_after_a_power_cut(
    deployed: Project, dockerd: Dockerd, moment: Callable[[Project, Dockerd, str], None]
) -> None:
    deployed.change("n8n", environment={"IGNORE_TERM": "1", "BEFORE": moment.__name__}, rollout={"stop": "3s"})
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    counted = visits(N8N)
    old = dockerd.copy("n8n")

    deployed.change("n8n", environment={"READY_AFTER": "4"})
    run = deployed.spawn("up")
    moment(deployed, dockerd, old)
    assert held(deployed)
    kill_all(run)
    until(lambda: end(deployed), "the rollout is killed")
    dockerd.power_cut()

    began = time.monotonic()
    dockerd.start()
    boot = [sys.executable, "-I", "-S", str(deployed.root / "bin" / "rollout.pyz"), "resume"]
    booted = subprocess.run(
        boot, env=deployed.environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert booted.returncode == 0, booted.stdout + booted.stderr
    until(lambda: not silent(SITES), "every site answers", seconds=SECONDS - (time.monotonic() - began))
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert states(dockerd)[old] == "exited", "the rollout went on to its end"
    assert "another copy runs on this data" not in "".join(
        dockerd.docker("logs", copy).stdout for copy in states(dockerd)
    )
    assert visits(N8N) > counted
    assert not list((deployed.root / "run").glob("plan.*"))

    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(dockerd.containers()) == len(SIX)
    assert at_rest(deployed)
