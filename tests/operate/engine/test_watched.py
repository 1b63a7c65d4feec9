"""A program that is watched may be interrupted again and again: it is told once, and what shows it may go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rig.terminal import CTRL_C, Terminal
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[3]

PROGRAM = """
import os, signal, sys, time
told = 0
def tell(*_):
    global told
    told += 1
    open("told", "w").write(str(told))
signal.signal(signal.SIGINT, tell)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
print("size", os.get_terminal_size(0).columns, flush=True)
print("begun", flush=True)
while not told or not os.path.exists("done"):
    try:
        print("still at work", flush=True)
    except OSError:
        pass
    time.sleep(0.02)
open("ended", "w").write(str(told))
os._exit(7)
"""
"""Takes its time after a SIGINT, and says how many there were. As the engine, a program in Go, it does not mind an
output that is gone; a broken pipe or a hang-up would end it as it ends that."""

WATCH = """
import sys
from operate.engine.watched import Watched
watched = Watched([sys.executable, "program.py"], lambda time: f"waiting, {time}")
code = watched.run()
print("left with", code, "after", watched.interruptions, file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "program.py").write_text(PROGRAM)
    yield tmp_path
    (tmp_path / "done").touch()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def at_terminal(folder: Path, command: str = 'exec $PYTHON -c "$WATCH"') -> Terminal:
    variables = {**environment(), "PYTHON": sys.executable, "WATCH": WATCH}
    return Terminal(["sh", "-c", command], folder=folder, environment=variables, columns=91)


@pytest.mark.parametrize("times", [1, 2])
def test_it_is_told_once_and_waited_for(folder: Path, times: int) -> None:
    terminal = at_terminal(folder)
    terminal.until("begun")
    assert "size 91" in terminal.screen
    for time in range(1, times + 1):
        terminal.type(CTRL_C)
        terminal.until(f"waiting, {time}")
    (folder / "done").touch()
    assert terminal.wait() == 0
    assert f"left with 7 after {times}" in terminal.screen
    assert (folder / "ended").read_text() == "1"


def test_the_third_time_it_is_told_again(folder: Path) -> None:
    terminal = at_terminal(folder)
    terminal.until("begun")
    terminal.type(CTRL_C)
    terminal.until("waiting, 1")
    until(lambda: read(folder / "told") == "1", "it knows")
    for time in (2, 3):
        terminal.type(CTRL_C)
        terminal.until(f"waiting, {time}")
    (folder / "done").touch()
    assert terminal.wait() == 0
    assert (folder / "ended").read_text() == "2"


def test_the_same_ctrl_c_ends_the_tee(folder: Path) -> None:
    terminal = at_terminal(folder, '$PYTHON -c "$WATCH" | tee shown')
    until(lambda: "begun" in read(folder / "shown"), "it has begun")
    terminal.type(CTRL_C)
    terminal.until("waiting, 1")
    (folder / "done").touch()
    until(lambda: read(folder / "ended") == "1", "it has ended by itself")
    terminal.until("left with 7")
    terminal.wait()
    assert "\x1b" not in read(folder / "shown")


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_the_window_is_closed(folder: Path) -> None:
    terminal = at_terminal(folder)
    terminal.until("begun")
    terminal.close()
    (folder / "done").touch()
    terminal.wait()
    until(lambda: read(folder / "ended") == "1", "it was told and has ended by itself")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_it_alone_is_handed_on(folder: Path, number: signal.Signals) -> None:
    run = piped(folder)
    run.send_signal(number)
    until(lambda: b"waiting, 1" in run.stderr.readline(), "it says so")  # type: ignore[union-attr]
    (folder / "done").touch()
    _, said = run.communicate(timeout=30)
    assert b"left with 7 after 1" in said
    assert read(folder / "ended") == "1"


def test_who_is_told_to_end_at_once_hands_that_on_too(folder: Path) -> None:
    """A CI runner's sequence: SIGINT, SIGTERM, and SIGKILL 2.5 s later."""
    run = piped(folder)
    for time, number in (("1", signal.SIGINT), ("2", signal.SIGTERM)):
        run.send_signal(number)
        until(lambda time=time: read(folder / "told") == time, "it knows")  # type: ignore[misc]
    (folder / "done").touch()
    run.communicate(timeout=30)
    assert read(folder / "ended") == "2"


def test_a_group_that_is_told_to_end_hears_it_once(folder: Path) -> None:
    """make hands SIGTERM on to its child, which has had it as well."""
    run = piped(folder)
    for _ in range(2):
        run.send_signal(signal.SIGTERM)
        until(lambda: read(folder / "told") == "1", "it knows")
    (folder / "done").touch()
    _, said = run.communicate(timeout=30)
    assert b"left with 7 after 1" in said
    assert read(folder / "ended") == "1"


def test_it_lives_on_when_who_watches_is_killed(folder: Path) -> None:
    run = piped(folder)
    run.send_signal(signal.SIGINT)
    until(lambda: b"waiting" in run.stderr.readline(), "it says so")  # type: ignore[union-attr]
    run.kill()
    run.communicate()
    (folder / "done").touch()
    until(lambda: read(folder / "ended") == "1", "it has ended by itself")


def piped(folder: Path) -> subprocess.Popen[bytes]:
    """Watched without a terminal, and begun."""
    run = subprocess.Popen(
        [sys.executable, "-c", WATCH], cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until(lambda: b"begun" in run.stdout.readline(), "it has begun")  # type: ignore[union-attr]
    return run
