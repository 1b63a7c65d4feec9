"""Waiting for something to become true, with a deadline and without a fixed sleep."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PATIENCE = 120
"""Seconds. On a quiet machine what is waited for takes one or two; it is a hang if it takes this long on a busy one."""


def until(condition: Callable[[], T], what: str, *, seconds: float = PATIENCE) -> T:
    """What `condition` returns as soon as that is true; AssertionError with `what` after that many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return found
