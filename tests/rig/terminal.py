"""A terminal and its operator: a command runs in it as by a shell, keys are typed, the screen is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
from typing import TYPE_CHECKING

from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CTRL_C = b"\x03"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")
IN_IT = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
"""Makes it the terminal that a Ctrl-C comes from."""


class Terminal:
    """One command in a terminal of that many columns."""

    def __init__(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], columns: int = 80
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_IT, *command], stdin=slave, stdout=slave, stderr=slave, cwd=folder,
            env={**environment, "TERM": "xterm-256color"}, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self._seen = bytearray()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # Not in a read that blocks: a terminal that is read from is not closed.
        while not self._closing.is_set():
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    self._seen += os.read(self._master, 65536)
                except OSError:
                    return

    @property
    def screen(self) -> str:
        """All that was shown so far, without colours and movements."""
        return ESCAPES.sub("", self._seen.decode(errors="replace")).replace("\r", "")

    def until(self, text: str, *, seconds: float = 60) -> None:
        """Wait until that is shown."""
        try:
            # What it has said last is read a moment after its end.
            until(lambda: text in self.screen or self._over(), text, seconds=seconds)
        finally:
            assert text in self.screen, self.screen

    def _over(self) -> bool:
        return self.process.poll() is not None and not self._reader.is_alive()

    def type(self, keys: bytes) -> None:
        """Type that."""
        os.write(self._master, keys)

    def close(self) -> None:
        """Close the window: all that runs in it is told so."""
        self._closing.set()
        self._reader.join()
        os.close(self._master)

    def wait(self, *, seconds: float = 120) -> int:
        """Its exit code, once it has ended and all is read."""
        code = self.process.wait(timeout=seconds)
        self._reader.join(timeout=5)
        return code
