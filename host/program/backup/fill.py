"""One part of a backup, put together in an empty folder and held against what it was."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from .database import filled, sweep
from .sqlite_text import load

if TYPE_CHECKING:
    from pathlib import Path

    from .request import Part
    from .restic import Restic
    from .workplace import Workplace

Entry = dict[str, Any]
"""Of a manifest."""


def fill(part: Part, entry: Entry, fresh: Path, restic: Restic, workplace: Workplace) -> str:
    """Put it together; what was counted. Failed, with the service, if it is not what was backed up."""
    try:
        return _filled(part, entry, fresh, restic, workplace)
    except Failed as failure:
        raise Failed(f"{part.service}: {failure}") from None


def _filled(part: Part, entry: Entry, fresh: Path, restic: Restic, workplace: Workplace) -> str:
    snapshots, rows = entry["snapshots"], 0
    counted = bool(entry.get("counted"))
    if "files" in snapshots:
        restic.must("restore", "--no-lock", snapshots["files"], "--target", str(fresh))
    files = sum(1 for path in fresh.rglob("*") if path.is_file())
    if "dump" in snapshots:
        name = part.service if part.way == "postgres" else entry["file"]
        with restic.dump(snapshots["dump"], f"/{name}.sql") as text:
            if part.way == "postgres":
                sweep(workplace.request.stack, part.service, workplace.docker)
                rows = filled(part, fresh, text, workplace, counted=counted)
            else:
                rows = load(text.stdout or (), fresh / entry["file"], counted=counted)
        if text.returncode:
            raise Failed("its dump cannot be read from the repository; take another backup")
    for name, (user, group, mode) in entry["owner"].items():
        path = fresh / name
        # A service whose database is elsewhere has none here.
        with suppress(FileNotFoundError):
            shutil.chown(path, user, group)
            path.chmod(mode)
    what = [_shown(rows, "row")] * ("dump" in snapshots and counted) + [_shown(files, "file")] * ("files" in snapshots)
    return ", ".join(what) or "a database"


def _shown(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
