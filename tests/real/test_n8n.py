"""A real n8n with external runners behind the proxy: what its users and its operator keep through changes and crashes.

One stack for all: n8n takes 10 to 20 s to start.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.catalog.services import N8N
from tests.real.n8n_image import REFERENCE, RUNNERS, n8n_images
from tests.real.n8n_site import CLIENTS, HOST, LIMIT_SECONDS, Call, call, callers, set_up
from tests.rig.images import load_file
from tests.rig.project import HTTP_PORT, HTTPS_PORT
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

VOLUME = "smarter-net-n8n"
DATABASE = "database.sqlite"
RUNNER = "task-runner-javascript/dist/start.js"
HELD_SECONDS = 100
"""Measured: 15 to 25 s, most of it n8n's start, and 59 s beside two other modules."""
NO_TELEMETRY = "N8N_DIAGNOSTICS_ENABLED=false"
"""Without it, n8n's stop waits for its telemetry: 66 s on a quiet machine."""


@pytest.fixture(scope="module")
def site(project: Project, dockerd: Dockerd) -> Project:
    """n8n with its least memory, its owner, and a webhook that a credential protects."""
    load_file(dockerd, n8n_images())
    project.write({
        "smarter-net:host": {"connection": "local"},
        "smarter-net:certificates": "internal",
        "smarter-net:images": "stand-in",
        "smarter-net:proxy": {"http-port": HTTP_PORT, "https-port": HTTPS_PORT},
        "smarter-net:sites": [{"host": HOST, "service": "n8n", "open": True}],
        "smarter-net:services": {
            "n8n": {"image": REFERENCE, "memory": str(N8N.least_memory), "rollout": {"settle": "1s"}},
            "n8n-runners": {"image": RUNNERS, "rollout": {"settle": "1s"}},
        },
    })  # fmt: skip
    done(project, "secrets")
    done(project, "up")
    set_up()
    return project


def done(project: Project, command: str, *arguments: str) -> str:
    result = project.operate(command, *arguments, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.usefixtures("site")
def test_its_first_start_needs_no_more_than_the_least_memory(dockerd: Dockerd) -> None:
    (copy,) = dockerd.copies("n8n")
    assert copy["HostConfig"]["Memory"] == N8N.least_memory.mebibytes << 20
    assert memory_was_enough(dockerd)


@pytest.mark.usefixtures("site")
def test_a_webhook_runs_code_in_a_runner_for_who_has_the_credential(dockerd: Dockerd) -> None:
    assert call(21).good
    assert call(21, key="of a stranger's").status == 403
    assert RUNNER in commands(dockerd, "n8n-runners")
    assert RUNNER not in commands(dockerd, "n8n")


def test_an_environment_rollout_loses_no_call_runs_none_twice_and_is_short(site: Project, dockerd: Dockerd) -> None:
    before, old = executions(dockerd), dockerd.copy("n8n")
    with callers() as calls:
        more(calls, CLIENTS)
        site.change("n8n", environment={"TURN": "1"})
        done(site, "up")
    print(report(calls))
    assert not [found for found in calls if not found.good]
    assert executions(dockerd) - before == len(calls)
    assert old != dockerd.copy("n8n")
    assert memory_was_enough(dockerd)
    assert max(found.seconds for found in calls) < HELD_SECONDS
    assert NO_TELEMETRY in dockerd.copies("n8n")[0]["Config"]["Env"]


def test_a_crash_costs_what_was_in_flight_and_no_call_gets_a_404(site: Project, dockerd: Dockerd) -> None:
    assert site is not None
    for crashes in (1, 2):
        before = executions(dockerd)
        with callers() as calls:
            more(calls, 4 * CLIENTS)
            killed, gone = crash(dockerd, "n8n")
            more(calls, 4 * CLIENTS)
        lost = [found for found in calls if not found.good]
        print(report(calls), f"killed {killed:.2f}, gone {gone:.2f}, lost {[round(each.began, 2) for each in lost]}")
        assert not [found for found in lost if found.status in {200, 404}]
        assert not [found for found in lost if found.began >= gone]
        assert len([found for found in lost if found.began < killed]) <= CLIENTS
        assert executions(dockerd) - before <= len(calls), "one has run twice"
        assert memory_was_enough(dockerd, crashes)


def test_a_credential_is_readable_after_a_restore(site: Project, dockerd: Dockerd) -> None:
    said = done(site, "backup")
    assert "n8n" in said
    (folder,) = (site.folder / "backups").glob("*")
    done(site, "down")
    done(site, "delete-data", "--confirm", site.stack)
    assert VOLUME not in dockerd.docker("volume", "ls", "-q").stdout.split()
    done(site, "restore", str(folder), "--confirm", site.stack)
    done(site, "up")
    assert call(34).good
    assert call(34, key="of a stranger's").status == 403
    assert dockerd.running()["n8n"] == 1
    assert memory_was_enough(dockerd)


def memory_was_enough(dockerd: Dockerd, restarts: int = 0) -> bool:
    """Whether the kernel has killed nothing of it, and Docker has started it again for nothing but so many crashes."""
    (copy,) = dockerd.copies("n8n")
    return copy["RestartCount"] == restarts and not copy["State"]["OOMKilled"]


def commands(dockerd: Dockerd, service: str) -> str:
    """The command lines of what runs in it."""
    return dockerd.docker("top", dockerd.copy(service), "-ww", "-eo", "pid,args").stdout


def crash(dockerd: Dockerd, service: str) -> tuple[float, float]:
    """Kill it; when that was, and when the kernel had cleared it away: until then it takes what it will not answer."""
    (copy,) = dockerd.copies(service)
    process = Path("/proc", str(copy["State"]["Pid"]))
    killed = time.monotonic()
    os.kill(int(process.name), signal.SIGKILL)
    until(lambda: not process.exists(), "it is gone")
    return killed, time.monotonic()


def more(calls: list[Call], count: int) -> None:
    """Wait until so many more have been answered."""
    before = len(calls)
    until(lambda: len(calls) >= before + count, "they are answered", seconds=LIMIT_SECONDS)


def executions(dockerd: Dockerd) -> int:
    """How many workflows have begun to run, by n8n's own book, however they ended."""
    folder = Path(dockerd.docker("volume", "inspect", "--format", "{{.Mountpoint}}", VOLUME).stdout.strip())
    with closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as database:
        (count,) = database.execute("SELECT count(*) FROM execution_entity").fetchone()
    return int(count)


def report(calls: list[Call]) -> str:
    """What became of them."""
    lost = [found for found in calls if not found.good]
    kinds = Counter(f"{found.status}: {found.said[:60]!r}" for found in lost)
    longest = max(found.seconds for found in calls)
    return f"{len(lost)} of {len(calls)} lost, longest {longest:.1f} s: {kinds}"
