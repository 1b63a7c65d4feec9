"""One run at a time: a second one is told who holds the lock, and a lock whose holder is gone stops no run."""

from __future__ import annotations

import json
import os
import re
import socket
from typing import TYPE_CHECKING

import pytest

from tests.rig.kill import kill_all
from tests.rig.wait import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project


def locks(project: Project) -> list[Path]:
    folder = project.folder / "state" / "engine" / ".pulumi" / "locks"
    return list(folder.rglob("*.json"))


def new_copy_runs(dockerd: Dockerd) -> bool:
    return any("VALUE=1" in copy["Config"]["Env"] and copy["State"]["Running"] for copy in dockerd.copies("n8n"))


def test_a_second_up_is_refused_and_told_who_holds_the_lock(deployed: Project, dockerd: Dockerd) -> None:
    # Long enough for both others to find it at work, however slow the machine is.
    deployed.change("n8n", environment={"VALUE": "1", "READY_AFTER": "20"})
    first = deployed.spawn("up")
    try:
        until(lambda: locks(deployed), "the first run has the lock")
        second = deployed.operate("up")
        # The engine reads the state's attributes without the lock, and says "EOF" where the first run is just writing
        # them. While the new container gets ready it writes nothing.
        until(lambda: new_copy_runs(dockerd), "the first run waits for the new container", seconds=120)
        plain = deployed.pulumi("up", "--yes")
    finally:
        output, _ = first.communicate(timeout=300)
    assert second.returncode == 1
    assert "Traceback" not in second.stderr
    (line,) = second.stderr.splitlines()
    assert re.fullmatch(
        rf"error: dev: another run is under way \(\w+@{socket.gethostname()}, process \d+, since [-:T\d]+\); .*", line
    )
    assert plain.returncode != 0
    assert "locked" in plain.stdout + plain.stderr
    assert first.returncode == 0, output


def test_the_lock_of_a_run_that_was_killed_is_recognised_and_removed(deployed: Project) -> None:
    deployed.change("n8n", environment={"VALUE": "2"})
    run = deployed.spawn("up")
    until(lambda: locks(deployed), "the run has the lock")
    kill_all(run)
    assert locks(deployed)

    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "is stale, that process is gone; removed" in result.stdout
    assert not locks(deployed)


def test_a_run_that_was_killed_as_it_wrote_the_state_stops_nobody(deployed: Project) -> None:
    """The state itself is renamed into place whole; its attributes are not, and are found empty then."""
    deployed.bring_up()
    (attributes,) = (deployed.folder / "state/engine/.pulumi/stacks/smarter-net").glob("dev.json.attrs")
    attributes.write_text("")
    assert "EOF" in deployed.pulumi("stack", "export").stderr
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "nothing to change" in result.stdout


@pytest.fixture
def foreign_lock(deployed: Project) -> Path:
    """A lock as the engine writes it, with what a test puts in."""
    path = deployed.folder / "state/engine/.pulumi/locks/organization/smarter-net/dev/4711.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write(path: Path, host: str, pid: int) -> None:
    when = "2026-11-23T12:00:00.000000000+00:00"
    path.write_text(json.dumps({"pid": pid, "username": "ana", "hostname": host, "timestamp": when}))


def test_a_number_that_another_program_has_by_now_does_not_hold_a_lock(deployed: Project, foreign_lock: Path) -> None:
    write(foreign_lock, socket.gethostname(), os.getpid())
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "stale" in result.stdout


def test_a_lock_of_another_machine_is_never_taken_away(deployed: Project, foreign_lock: Path) -> None:
    write(foreign_lock, "anas-laptop", 4711)
    try:
        result = deployed.operate("up")
        assert result.returncode == 1
        (line,) = result.stderr.splitlines()
        assert "ana@anas-laptop" in line
        assert "pulumi cancel" in line
        assert foreign_lock.exists()
    finally:
        foreign_lock.unlink()
