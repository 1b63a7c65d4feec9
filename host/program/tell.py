"""What a rollout says while it goes on: to its log, and to the run that waits for it as long as there is one."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from .text import LONGEST, short

if TYPE_CHECKING:
    from pathlib import Path


class Tell:
    """Says lines. Neither a full disk nor a listener that is gone, or does not read, ends or delays a rollout."""

    def __init__(self, listener: int | None = None) -> None:
        self._listener = listener
        self._log: int | None = None
        if listener is not None:
            os.set_blocking(listener, False)

    def keep(self, path: Path, *, more: bool) -> None:
        """Write what is said to a file from now on; `more`: behind what it holds."""
        with suppress(OSError):
            kind = os.O_APPEND if more else os.O_TRUNC
            self._log = os.open(path, os.O_WRONLY | os.O_CREAT | kind, 0o644)

    def __call__(self, line: str) -> None:
        """Say one line."""
        written = (short(line, LONGEST) + "\n").encode("utf-8", "replace")
        for descriptor in (self._log, self._listener):
            if descriptor is not None:
                with suppress(OSError):
                    os.write(descriptor, written)

    def close(self) -> None:
        """The log is whole."""
        if self._log is not None:
            os.close(self._log)
            self._log = None
