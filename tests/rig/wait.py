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
    began = asked = time.monotonic()
    while not (found := condition()):
        now = time.monotonic()
        if now > began + seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        # As long as the question took: who starts a docker command each time leaves the machine half of its time.
        time.sleep(max(0.02, now - asked))
        asked = time.monotonic()
    return found
