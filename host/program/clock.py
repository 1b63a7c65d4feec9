"""Time that only goes forward, whatever is done to the machine's date."""

from __future__ import annotations

import time


class Clock:
    """The machine's own."""

    def now(self) -> float:
        """Seconds since some moment in the past."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
