"""SIGKILL for a run and everything that it has started, as a power cut or an impatient operator would do it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = 6
"""A machine that others stop using makes each run faster than the one before."""
SESSION = 3
"""Field of /proc/<pid>/stat, counted behind the name: state, parent, group, session."""


def session(leader: int) -> list[int]:
    """The living processes of a session. Plugins have process groups of their own, but stay in the session."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[SESSION]) == leader and fields[0] != "Z":
            found.append(int(process.name))
    return found


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill a run that has a session of its own, the engine and its plugins with it, and wait until all are gone."""

    def kill() -> bool:
        alive = session(process.pid)
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return not alive

    until(kill, "everything is killed")
    process.communicate()


def kill_at(moment: float, seconds: float, start: Callable[[], subprocess.Popen[str]]) -> None:
    """Start a run that takes about so many seconds, and kill it at that fraction of them.

    One that ends by itself before was faster than thought: it is timed, and another one started.
    """
    for _ in range(TRIES):
        began = time.monotonic()
        run = start()
        try:
            output, _ = run.communicate(timeout=moment * seconds)
        except subprocess.TimeoutExpired:
            kill_all(run)
            return
        assert run.returncode == 0, output
        seconds = time.monotonic() - began
    raise AssertionError(f"{TRIES} runs ended before they could be killed")
