"""A small disk, and what fills it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PAGE = 4096
"""The least that a file takes of it."""


class Disk:
    """One of its own, mounted at a folder; `enter` leads to the namespace in which it is, and ends with."""

    def __init__(self, folder: Path, size: str, *, enter: Sequence[str] = ()) -> None:
        self._enter = enter
        self._rest = folder / "somebodys-backup"
        self._run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))

    def fill(self, *, leave: int = 0) -> None:
        """Take all of it but that many bytes."""
        script = 'free=$(df --block-size=1 --output=avail "${1%/*}" | tail -n 1); fallocate -l $((free - $2)) "$1"'
        self._run("sh", "-euc", script, "fill", str(self._rest), str(leave))

    def free(self) -> None:
        """Give it back."""
        self._run("rm", "-f", str(self._rest))

    def _run(self, *command: str) -> None:
        subprocess.run([*self._enter, *command], check=True)
