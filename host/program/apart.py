"""A process that goes on by itself."""

from __future__ import annotations

import os
import signal
from contextlib import suppress


def in_a_session_of_its_own() -> None:
    """Apart from the terminal and the connection, whose end ends what belongs to them."""
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    with suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(nothing)
