"""A drill: the newest backup, put together beside everything that runs, looked into, and thrown away again."""

from __future__ import annotations

import shutil
import ssl
import time
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from ..names import PROXY
from .database import SCRATCH, clear
from .fill import fill
from .listing import SHORT, chosen, whole
from .manifest import manifest_of, pairs
from .record import record
from .workplace import LOCK, PATIENCE, Workplace, say

if TYPE_CHECKING:
    from pathlib import Path

    from ..docker import Docker
    from ..place import Place
    from .fill import Entry
    from .request import Part, Request
    from .restic import Restic

SPARE = 1 << 30
"""Bytes that stay free for what runs."""
LARGER = 2.5
"""A database needs more room than its dump, for indexes and for its log."""


def drill(request: Request, place: Place, docker: Docker) -> None:
    """Put a backup together and count; Failed, and a line in the history, unless all of it is what was backed up."""
    workplace = Workplace(request, place, docker)
    workplace.need_root()
    began = time.monotonic()
    with place.lock(LOCK, PATIENCE):
        tried, counted = "", list[dict[str, Any]]()
        scratch = workplace.folder / SCRATCH
        try:
            clear(workplace)
            with workplace.restic() as restic:
                backup = chosen(whole(restic.snapshots()), request.at)
                tried = backup.id
                manifest = manifest_of(restic, backup.id)
                for part, entry in pairs(request, manifest):
                    shutil.rmtree(scratch, ignore_errors=True)
                    _need_room(part, entry, workplace.folder)
                    found = _tried(part, entry, scratch, restic, workplace)
                    counted.append({"service": part.service, "counted": found})
                    say(f"{part.service}: {part.volume} can be put back: {found}")
                restic.look(time.time())
                say(f"{request.stack}: backup {tried[:SHORT]} can be put back")
            record(workplace, "drill", made=tried, began=began, parts=counted, why="")
        except Failed as failure:
            record(workplace, "drill", made=tried, began=began, parts=counted, why=str(failure))
            raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _tried(part: Part, entry: Entry, scratch: Path, restic: Restic, workplace: Workplace) -> str:
    scratch.mkdir(mode=0o700)
    found = fill(part, entry, scratch, restic, workplace)
    if part.service == PROXY:
        found += f", {_certificates(scratch)} of them certificates with their key"
    return found


def _certificates(folder: Path) -> int:
    """How many there are, each with the key that fits it; Failed if one has another."""
    found = [path for path in sorted(folder.rglob("*.crt")) if path.with_suffix(".key").exists()]
    for certificate in found:
        wrong = _wrong(certificate)
        if wrong:
            raise Failed(f"{PROXY}: {certificate.name} cannot be used ({wrong}); take another backup")
    return len(found)


def _wrong(certificate: Path) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, certificate.with_suffix(".key"))
    except (ssl.SSLError, OSError) as error:
        return str(error)
    return ""


def _need_room(part: Part, entry: Entry, folder: Path) -> None:
    needed, free = int(int(entry["bytes"]) * LARGER), shutil.disk_usage(folder).free
    if free - needed < SPARE:
        shown = f"needs {(needed + SPARE) / 1e9:.1f} GB below {folder} for a moment, and {free / 1e9:.1f} GB are free"
        raise Failed(f"{part.service}: {shown}; free some, or put the backup back on another machine")
