"""One volume, as snapshots: a database by its dump, files in two passes."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from ..place import ROLLOUT_PATIENCE
from .database import DUMP, stopped, sweep
from .hold import held
from .restic import NotAllRead
from .volumes import folder_of, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..docker import Container
    from .request import Part
    from .restic import Restic
    from .workplace import Workplace

FIRST_PASS = "first-pass"  # noqa: S105 - a tag
"""Tag of a snapshot that only makes the second pass short."""


@dataclass
class Copied:
    """What became of a part: an entry of the manifest."""

    service: str
    volume: str
    way: str
    release: str
    image: str
    snapshots: dict[str, str] = field(default_factory=dict)
    """`dump` and `files`: ids of the snapshots that there are."""
    bytes: int = 0
    added: int = 0
    """Bytes that the repository had to take."""
    paused: float = 0.0
    """Seconds."""
    file: str = ""
    """Name of the database in the volume."""
    counted: bool = True
    """Whether its dump says how many rows each table had. One of an older version says nothing of it."""
    owner: dict[str, list[int]] = field(default_factory=dict)
    """User, group and mode of what restic does not note itself: `.` the volume's folder, and the database's file."""

    def line(self) -> str:
        """For the operator."""
        what = {"postgres": "database dumped", "sqlite": "database dumped, files copied", "files": "files copied"}
        paused = f"paused for {self.paused:.1f} s" if self.paused else "not paused"
        sizes = f"{self.bytes / 1e6:.1f} MB, {self.added / 1e6:.1f} MB of it new"
        return f"{self.service}: {self.volume}: {what[self.way]}, {sizes}, {paused}"


class Copier:
    """Copies the parts of one run."""

    def __init__(self, workplace: Workplace, restic: Restic, run: str) -> None:
        self._workplace, self._restic, self._run = workplace, restic, run
        self._docker = workplace.docker

    def copy(self, part: Part) -> Copied | None:
        """Make its snapshots; None if the host has no such volume, or it is empty yet. Failed names the service."""
        folder = folder_of(self._docker, part.volume)
        if folder is None or (part.way == "postgres" and not any(folder.iterdir())):
            return None
        running = self._docker.containers(self._workplace.request.stack, part.service)
        copied = Copied(part.service, part.volume, part.way, running[-1].release if running else "", part.image)
        try:
            if part.way == "postgres":
                self._postgres(copied, part, folder, running)
            else:
                if part.way == "sqlite":
                    self._sqlite(copied, part, folder)
                self._files(copied, part, folder)
        except Failed as failure:
            raise Failed(f"{part.service}: {failure}") from None
        return copied

    def _postgres(self, copied: Copied, part: Part, folder: Path, running: Sequence[Container]) -> None:
        if running:
            self._dump_in(copied, running[-1].id)
            return
        stack = self._workplace.request.stack
        # No rollout starts it meanwhile: no two of them may have the same data.
        with self._workplace.place.lock(part.service, ROLLOUT_PATIENCE):
            sweep(stack, part.service, self._docker)
            if self._docker.must("ps", "--all", "--quiet", "--filter", f"volume={part.volume}").split():
                raise Failed("does not run, and a database is dumped by itself; `make up` starts it")
            with stopped(part, folder, stack, self._docker, self._workplace.scratch) as container:
                self._dump_in(copied, container)

    def _dump_in(self, copied: Copied, container: str) -> None:
        self._dump(copied, f"{copied.service}.sql", ["docker", "exec", container, "sh", "-c", DUMP])

    def _sqlite(self, copied: Copied, part: Part, folder: Path) -> None:
        database = folder / part.file
        copied.file = part.file
        # A service that has another database, or never ran, has none.
        if database.exists():
            copied.owner[part.file] = _owner(database)
            self._dump(copied, f"{part.file}.sql", [*self._workplace.program, "sqlite-dump", str(database)])

    def _dump(self, copied: Copied, name: str, command: list[str]) -> None:
        """What a command prints, as one file; no snapshot if it fails."""
        what = ["--stdin-filename", name, "--stdin-from-command", "--", *command]
        self._note(copied, "dump", self._restic.backup(self._tags(copied, "dump"), what, gentle=True))

    def _files(self, copied: Copied, part: Part, folder: Path) -> None:
        left_out = [f"{part.file}{end}" for end in ("", "-wal", "-shm", "-journal")] if part.file else []
        left_out += part.leave_out
        what = [*(f"--exclude={folder / path}" for path in left_out), "."]
        copied.owner["."] = _owner(folder)
        tags = self._tags(copied, "files")
        using = users(self._docker, part.volume)
        if not using:
            self._note(copied, "files", self._restic.backup(tags, what, folder=folder, gentle=True))
            return
        # A file that goes away while it is read is the second pass's to know.
        with suppress(NotAllRead):
            first = self._restic.backup([*tags, FIRST_PASS], what, folder=folder, gentle=True)
            copied.added += int(first.get("data_added") or 0)
        # A rollout of the service does not begin meanwhile, and one that is under way is waited for.
        with self._workplace.place.lock(part.service, ROLLOUT_PATIENCE):
            using = users(self._docker, part.volume) if part.pause else []
            began = time.monotonic()
            with held(self._workplace.program, using):
                summary = self._restic.backup(tags, what, folder=folder)
            copied.paused = time.monotonic() - began if using else 0
        self._note(copied, "files", summary)

    def _tags(self, copied: Copied, kind: str) -> list[str]:
        return [f"run={self._run}", f"service={copied.service}", f"volume={copied.volume}", f"kind={kind}"]

    @staticmethod
    def _note(copied: Copied, kind: str, summary: dict[str, Any]) -> None:
        copied.snapshots[kind] = str(summary["snapshot_id"])
        copied.bytes += int(summary.get("total_bytes_processed") or 0)
        copied.added += int(summary.get("data_added") or 0)


def _owner(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_uid, found.st_gid, found.st_mode & 0o7777]
