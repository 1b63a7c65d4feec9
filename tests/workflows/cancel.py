"""How GitHub's runner ends a step, as its source has it (actions/runner, `ProcessInvoker.CancelAndKillProcessTree`)."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SEQUENCE = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5))
"""What the step's own process gets, it alone, and how many seconds it has before the next. Then it is killed."""


def cancel(step: subprocess.Popen[str]) -> signal.Signals:
    """End a step; the signal that it ended on."""
    for number, seconds in SEQUENCE:
        step.send_signal(number)
        try:
            step.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return number
    step.kill()
    step.wait()
    return signal.SIGKILL


def processes(marked: str) -> Iterator[tuple[int, str]]:
    """(number, command) of each process that has this `NAME=value` in its environment."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            command = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
        except OSError:
            continue
        # Empty for one that has ended and that its parent has not asked after.
        if marked in environment and command:
            yield int(folder.name), command
