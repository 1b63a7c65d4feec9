"""The folder `backup/` of a stack on its host, for its owner alone.

program.pyz    this program, as the last command has sent it
cache/         restic's, so that not every run reads the whole index again
before/        what a recreate has copied first, see before/local.py
stack/         the stack file, the history and the manifest of the backup that is being made
run.<pid>/     password and keys, for as long as a command runs
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Failed
from .restic import Restic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..docker import Docker
    from ..place import Place
    from .request import Request

FOLDER = "backup"
PROGRAM = "program.pyz"
LOCK = "backup"
PATIENCE = 5
"""Seconds that another backup or restore of the stack is waited for: it may take hours, and says so itself."""


class Workplace:
    """One command's."""

    def __init__(self, request: Request, place: Place, docker: Docker) -> None:
        self.request, self.place, self.docker = request, place, docker
        self.folder = place.root / FOLDER
        self.stack = self.folder / "stack"
        self.scratch = self.folder / f"run.{os.getpid()}"

    @property
    def program(self) -> list[str]:
        """The argument list of this program, without a command."""
        return [sys.executable, "-I", "-S", str(Path(sys.argv[0]).absolute())]

    def need_root(self) -> None:
        """Failed for another user: the data in volumes is root's alone."""
        if os.geteuid():
            raise Failed("backup: the data in volumes is root's alone; log in as root, or as a user with sudo")

    @contextmanager
    def restic(self) -> Iterator[Restic]:
        """The repository; the password and the keys are on the disk until the end."""
        self._sweep()
        self.scratch.mkdir(mode=0o700)
        cache = self.folder / "cache"
        cache.mkdir(mode=0o700, exist_ok=True)
        _raise_on_signals()
        try:
            yield Restic(self.request, self.scratch, cache)
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what a killed run has left."""
        for left in self.folder.glob("run.*"):
            if not _alive(left.suffix[1:]):
                shutil.rmtree(left, ignore_errors=True)


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    return True


def _raise_on_signals() -> None:
    """End as by a failure, so that all is put away. A listener that is gone does not end a backup."""

    def ended(number: int, _: object) -> None:
        raise Failed(f"interrupted by {signal.Signals(number).name}; run the same command again")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ended)
    for number in (signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)


def say(line: str) -> None:
    """One line for the operator, if there is one that listens."""
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
