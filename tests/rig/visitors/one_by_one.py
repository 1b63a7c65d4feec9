"""Visitors who come one after the other, each on a new connection, and when the first and the last was turned away."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.rig.visitors.browser import answers

if TYPE_CHECKING:
    from collections.abc import Iterator


class Seen:
    """What the visitors met."""

    def __init__(self) -> None:
        self.turned_away: list[float] = []
        """When, by the monotonic clock."""
        self.visits = 0

    @property
    def gap(self) -> tuple[float, float]:
        """First and last moment at which a request was refused; twice the same if none was, or one only."""
        return (self.turned_away[0], self.turned_away[-1]) if self.turned_away else (0, 0)


@contextmanager
def visitors(host: str, pause: float = 0.02) -> Iterator[Seen]:
    """One visit after the other until the block is left."""
    seen = Seen()
    done = threading.Event()

    def come() -> None:
        while not done.wait(pause):
            seen.visits += 1
            if not answers(host):
                seen.turned_away.append(time.monotonic())

    coming = threading.Thread(target=come)
    coming.start()
    try:
        yield seen
    finally:
        done.set()
        coming.join()
