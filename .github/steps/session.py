#!/usr/bin/env python3
"""Runs a command in a session of its own and passes on the signals that end a job: `session.py COMMAND...`.

GitHub's runner ends a job by signals to one process of it: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL. The engine
has to hear of it, as it hears a Ctrl-C on a terminal, or it goes on without a job and keeps the lock on the state. So
each signal goes to the whole foreground; what is left 2 s after SIGTERM is killed before this process is.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

GRACE, FIRST = 2.2, 1.7
"""Seconds from SIGTERM to the end of everything, and of all but the command itself, which then cleans up behind them.
The runner leaves 2.5."""
POLL = 0.05


class Session:
    """A command and all that it starts."""

    def __init__(self, command: list[str]) -> None:
        self.received = 0
        """The last signal; 0: none."""
        self.process = subprocess.Popen(command, start_new_session=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._forward)
        signal.signal(signal.SIGALRM, self._kill)
        self._spared = {self.process.pid}

    def wait(self) -> int:
        """How the command ended. After a signal: once nothing of it is left."""
        code = self.process.wait()
        while self.received and self._members():
            time.sleep(POLL)
        return 128 + self.received if self.received else code if code >= 0 else 128 - code

    def _forward(self, number: int, _: FrameType | None) -> None:
        self.received = number
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        if number != signal.SIGINT:
            signal.setitimer(signal.ITIMER_REAL, FIRST, GRACE - FIRST)

    def _kill(self, *_: object) -> None:
        for member in set(self._members()) - self._spared:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        self._spared = set()

    def _members(self) -> list[int]:
        """Processes of the session that still run. The engine's plugins have groups of their own in it."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                # Behind the name, which may have blanks: state, parent, group, session.
                state, _, _, session = (folder / "stat").read_text().rpartition(") ")[2].split()[:4]
            except (OSError, ValueError):
                continue
            if session == str(self.process.pid) and state != "Z":
                found.append(int(folder.name))
        return found


if __name__ == "__main__":
    sys.exit(Session(sys.argv[1:]).wait())
