"""A program that an operator watches and may interrupt: it is asked to end once, and has the time that this takes.

It gets a terminal of its own and a process group of its own. A Ctrl-C, which a terminal sends to all that runs in it,
then comes here alone, as often as it is typed; and the program lives on when what it is shown by goes away: a `tee`
that the same Ctrl-C has ended, a window that was closed, this process itself. What it shows is copied.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.errors import OperatorError

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.2
"""Between two looks whether it still runs, while it says nothing."""
CHUNK = 65536
SAME_SECONDS = 1
"""Two SIGTERM that are no further apart are one: what signals a whole group reaches it again through make."""
SHOW_CURSOR = b"\x1b[?25h"
CLEAR_BELOW = b"\r\n\x1b[J"
PATIENCE = 3
"""The how manieth Ctrl-C ends the wait. A second SIGTERM does at once: its sender is about to send SIGKILL."""


@dataclass
class Watched:
    """One program. `waiting` makes the line that is said when it is interrupted, from the how manieth time it is."""

    command: Sequence[str]
    waiting: Callable[[int], str]
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    quiet: bool = False
    """What it shows is not copied."""
    without: re.Pattern[bytes] | None = None
    """What is left out of it; it is looked for in each piece, and comes whole where it is said at once."""
    interruptions: int = field(default=0, init=False)
    _terminated: float = field(default=float("-inf"), init=False)

    def run(self) -> int:
        """Run it to its end; its exit code."""
        sys.stdout.flush()
        before = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGWINCH)}
        ours, theirs = os.openpty()
        try:
            for number in SIGNALS:
                # `nohup` has it ignored, and so it stays.
                if before[number] is not signal.SIG_IGN:
                    signal.signal(number, self._interrupted)
            # Its bytes come through as they are; what they are shown on makes lines of them.
            tty.setraw(theirs)
            self._fit(theirs)
            self._start(theirs)
            signal.signal(signal.SIGWINCH, lambda *_: self._resized(ours))
            self._copy(ours)
            code = self._process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(ours)
        if self.interruptions and sys.stdout.isatty():
            shown(1, SHOW_CURSOR)
        return code

    def _start(self, terminal: int) -> None:
        try:
            self._process = subprocess.Popen(
                self.command, stdin=terminal, stdout=terminal, stderr=terminal, env=self.environment, cwd=self.folder,
                process_group=0,
            )  # fmt: skip
        except FileNotFoundError:
            raise OperatorError(f"{self.command[0]} is not installed, or not on PATH") from None
        finally:
            os.close(terminal)
        if self.interruptions:
            self._tell(signal.SIGINT)

    def _tell(self, number: int) -> None:
        """Nothing comes of it where it has not begun, or has ended."""
        with suppress(AttributeError, ProcessLookupError):
            self._process.send_signal(number)

    def _copy(self, source: int) -> None:
        while True:
            ready, _, _ = select.select([source], [], [], LOOK_SECONDS)
            if ready:
                try:
                    read = os.read(source, CHUNK)
                except OSError:  # Linux says so at the end
                    return
                if not read:
                    return
                # A display that redraws itself would go over the lines that are said from then on.
                if not (self.quiet or (self.interruptions and sys.stdout.isatty())):
                    shown(1, self.without.sub(b"", read) if self.without else read)
            elif self._process.poll() is not None:
                return

    def _interrupted(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGTERM:
            last, self._terminated = self._terminated, time.monotonic()
            if self._terminated - last < SAME_SECONDS:
                return
        self.interruptions += 1
        if self.interruptions == 1 and sys.stdout.isatty():
            shown(1, CLEAR_BELOW)
        first = self.interruptions == 1
        if first or self.interruptions >= PATIENCE or number == signal.SIGTERM:
            self._tell(signal.SIGINT)
        shown(2, f"{self.waiting(self.interruptions)}\n".encode())

    def _resized(self, terminal: int) -> None:
        self._fit(terminal)
        self._tell(signal.SIGWINCH)

    @staticmethod
    def _fit(terminal: int) -> None:
        """Make its terminal as large as ours."""
        with suppress(OSError):
            size = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def shown(descriptor: int, data: bytes) -> None:
    """Write all of it, or, where it cannot be shown any more, nothing from there on."""
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
