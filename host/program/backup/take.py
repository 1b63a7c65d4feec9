"""One backup of a stack: every part, and then what says that it is whole."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..before import kept, off_host
from ..errors import Failed
from ..history import FILE
from .database import clear
from .keep import remove_old
from .listing import SHORT, WHOLE
from .parts import Copier
from .record import record
from .swap import marked
from .workplace import LOCK, PATIENCE, Workplace, say

if TYPE_CHECKING:
    from ..docker import Docker
    from ..place import Place
    from .parts import Copied
    from .request import Request
    from .restic import Restic

MANIFEST = "manifest.json"


def backup(request: Request, place: Place, docker: Docker) -> None:
    """Make a backup; Failed, and a line in the history, unless all of it is in the repository."""
    workplace = Workplace(request, place, docker)
    workplace.need_root()
    began = time.monotonic()
    with place.lock(LOCK, PATIENCE):
        copied: list[Copied] = []
        made = ""
        try:
            _refuse_half(place)
            clear(workplace)
            with workplace.restic() as restic:
                made = _made(workplace, restic, copied)
                say(f"{request.stack}: backup {made[:SHORT]} is whole, in {request.to}")
                more = off_host.copy(place, request.stack, restic)
                if more:
                    say(f"{request.stack}: with it, of the data before a rollout: {more} snapshots")
                restic.look(time.time())
                _record(workplace, made, began, copied, "")
                for line in kept.remove(place, request.stack, docker):
                    say(line)
                _remove_old(request, restic)
        except Failed as failure:
            _record(workplace, made, began, copied, str(failure))
            raise


def _refuse_half(place: Place) -> None:
    """What a restore that was cut short has left is no data of the stack's, and would be the newest backup."""
    half = sorted(marked(place))
    if half:
        raise Failed(f"{', '.join(half)}: is half restored; run `make restore` again, then `make backup`")


def _made(workplace: Workplace, restic: Restic, copied: list[Copied]) -> str:
    """Copy each part, and then seal them; the backup's id."""
    request = workplace.request
    run = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"
    restic.open(make=request.make)
    copier = Copier(workplace, restic, run)
    for part in request.parts:
        one = copier.copy(part)
        if one:
            copied.append(one)
            say(one.line())
    if not copied:
        raise Failed(f"{request.stack}: the host has no volume of it; there is nothing to copy")
    return _sealed(workplace, restic, run, copied)


def _remove_old(request: Request, restic: Restic) -> None:
    """The new backup is good, whatever becomes of older ones."""
    try:
        gone = remove_old(restic, request.stack, request.keep)
        off_host.remove_old(restic, request.keep)
    except Failed as failure:
        say(f"backup.keep: older backups could not be removed, the new one is good: {failure}")
        return
    if gone:
        say(f"backup.keep: {gone} older removed")


def _sealed(workplace: Workplace, restic: Restic, run: str, copied: list[Copied]) -> str:
    """Make the last snapshot, without which the others are no backup; its id."""
    request, folder, history = workplace.request, workplace.stack, workplace.place.root / FILE
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, content in request.files.items():
        (folder / name).write_text(content, encoding="utf-8")
    if history.exists():
        shutil.copy(history, folder / FILE)
    manifest = {"stack": request.stack, "run": run, "by": request.by, "parts": [asdict(each) for each in copied]}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    parts = sum(len(each.snapshots) for each in copied)
    summary = restic.backup([f"run={run}", WHOLE, f"parts={parts}"], ["."], folder=folder)
    return str(summary["snapshot_id"])


def _record(workplace: Workplace, made: str, began: float, copied: list[Copied], why: str) -> None:
    parts = [{"service": each.service, "bytes": each.bytes, "added": each.added} for each in copied]
    held = max((each.paused for each in copied), default=0)
    record(workplace, "backup", made=made, began=began, parts=parts, why=why, held=held)
