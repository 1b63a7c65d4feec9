"""What every user of this machine can see of the programs that run on it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self


class ProcessList:
    """Every command line of this machine, as every user can see it, while this runs."""

    def __enter__(self) -> Self:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            # Not with the file in the pattern: glob looks whether it exists, and fails if the process ends just then.
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    self.seen.add((process / "cmdline").read_bytes())
                except OSError:
                    continue
