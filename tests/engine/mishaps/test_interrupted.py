"""Ctrl-C, at a terminal as people use it: nothing is left behind, and a line says what is waited for."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX
from tests.engine.daily.test_lock import locks
from tests.rig.kill import session
from tests.rig.plan import at_rest
from tests.rig.project import REPOSITORY
from tests.rig.terminal import CTRL_C, Terminal
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.drawn(6, "ctrl-c")
TURNS = itertools.count()
UP = "make up YES=1"
SAID = "Interrupted: nothing more is begun, waiting for n8n; a rollout goes on on the host to its end."


@pytest.fixture(scope="module")
def made(deployed: Project) -> Project:
    """The stack, with all that `make` needs."""
    (deployed.folder / "Makefile").symlink_to(REPOSITORY / "Makefile")
    return deployed


@pytest.fixture
def changed(made: Project) -> Iterator[Project]:
    """A change of n8n that takes a while to be ready, which leaves time to interrupt it."""
    deployed = made
    deployed.change("n8n", environment={"TURN": str(next(TURNS)), "READY_AFTER": "8"})
    yield deployed
    # Of a test that failed, the run may still be at work.
    until(lambda: not locks(deployed), "its run has ended", seconds=120)
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr


def at_terminal(project: Project, command: str, columns: int = 80) -> Terminal:
    return Terminal(["sh", "-c", command], folder=project.folder, environment=environment(project), columns=columns)


def environment(project: Project) -> dict[str, str]:
    return {key: value for key, value in project.environment.items() if key != "COLUMNS"}


def begun(project: Project, dockerd: Dockerd) -> None:
    """Wait until the rollout is at work: the new container runs, and is not ready yet."""
    turn = f"TURN={project.read()['config']['smarter-net:services']['n8n']['environment']['TURN']}"

    def runs() -> bool:
        return any(turn in copy["Config"]["Env"] and copy["State"]["Running"] for copy in dockerd.copies("n8n"))

    until(runs, "the new container runs", seconds=180)


def clean(project: Project, dockerd: Dockerd, terminal: Terminal) -> None:
    """Neither a lock nor a process is left, nor a container that the state does not know, nor a pending operation."""
    until(lambda: not session(terminal.process.pid), "all has ended", seconds=60)
    assert not locks(project)
    exported = project.pulumi("stack", "export")
    assert "pending_operations" not in exported.stdout
    for found in dockerd.containers():
        assert found["Id"] in exported.stdout, found["Name"]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(changed: Project, dockerd: Dockerd, times: int, columns: int) -> None:
    terminal = at_terminal(changed, UP, columns)
    begun(changed, dockerd)
    terminal.type(CTRL_C)
    terminal.until(SAID)
    if times > 1:
        terminal.type(CTRL_C)
        terminal.until("Still waiting for n8n; one more ends the wait")
    assert terminal.wait()
    (line,) = (line for line in terminal.screen.splitlines() if line.startswith("error: "))
    assert line.startswith("error: interrupted; ")
    assert line.endswith("; `make up` does the rest")
    clean(changed, dockerd, terminal)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_that_ends_the_tee_as_well(changed: Project, dockerd: Dockerd, times: int) -> None:
    terminal = at_terminal(changed, f"{UP} | tee shown")
    begun(changed, dockerd)
    for _ in range(times):
        terminal.type(CTRL_C)
        terminal.until(SAID)
    terminal.until("error: interrupted; ")
    terminal.wait()
    clean(changed, dockerd, terminal)


def test_all_of_it_through_a_tee(changed: Project, dockerd: Dockerd) -> None:
    terminal = at_terminal(changed, f"{UP} 2>&1 | tee shown")
    begun(changed, dockerd)
    terminal.type(CTRL_C)
    terminal.wait()
    clean(changed, dockerd, terminal)


def test_the_window_is_closed(changed: Project, dockerd: Dockerd) -> None:
    terminal = at_terminal(changed, UP)
    begun(changed, dockerd)
    terminal.close()
    terminal.wait()
    clean(changed, dockerd, terminal)


def test_the_plan_is_interrupted(changed: Project, dockerd: Dockerd) -> None:
    before = {found["Id"] for found in dockerd.containers()}
    terminal = at_terminal(changed, f"exec {sys.executable} -m operate preview")
    terminal.until("Previewing")
    terminal.type(CTRL_C)
    assert terminal.wait() == 130
    assert terminal.screen.rstrip().splitlines()[-1] == "error: interrupted; nothing was changed"
    assert {found["Id"] for found in dockerd.containers()} == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_from_a_program(changed: Project, dockerd: Dockerd, number: signal.Signals) -> None:
    run = changed.spawn("up")
    begun(changed, dockerd)
    run.send_signal(number)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 130, output
    assert SAID in output
    assert "pending_operations" not in changed.pulumi("stack", "export").stdout
    assert not locks(changed)


def test_make_alone_is_told(changed: Project, dockerd: Dockerd) -> None:
    run = subprocess.Popen(
        UP.split(), cwd=changed.folder, env=changed.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    begun(changed, dockerd)
    run.send_signal(signal.SIGTERM)
    output, _ = run.communicate(timeout=120)
    assert SAID in output, output
    assert not session(run.pid)
    assert not locks(changed)


def test_what_makes_the_run_is_killed(changed: Project, dockerd: Dockerd) -> None:
    """A CI runner does so 10 s after the first signal. The engine ends by itself, and gives the lock back."""
    run = changed.spawn("up")
    begun(changed, dockerd)
    run.send_signal(signal.SIGINT)
    until(lambda: SAID in (run.stdout.readline() if run.stdout else ""), "it says so")
    run.kill()
    until(lambda: not session(run.pid), "the engine has ended", seconds=60)
    run.communicate()
    assert not locks(changed)


def test_six_are_there_afterwards(deployed: Project, dockerd: Dockerd) -> None:
    assert at_rest(deployed)
    assert dockerd.running() == dict.fromkeys(SIX, 1)
