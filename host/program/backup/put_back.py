"""A restore: everything is put together beside what is there, and takes its place when all of it is whole.

What was there is moved aside and kept.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from ..names import CARRIER
from .database import filled
from .listing import SHORT, chosen, whole
from .sqlite_text import load
from .swap import RESTORING, Prepared, change_places, marked
from .take import MANIFEST
from .volumes import folder_of, made, users
from .workplace import LOCK, PATIENCE, Workplace, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..docker import Docker
    from ..place import Place
    from .request import Part, Request
    from .restic import Restic

Entry = dict[str, Any]
"""Of a manifest."""


def restore(request: Request, place: Place, docker: Docker) -> None:
    """Fill volumes of the stack from a backup; Failed, and all as it was, unless every one of them is whole."""
    workplace = Workplace(request, place, docker)
    workplace.need_root()
    with place.lock(LOCK, PATIENCE), workplace.restic() as restic:
        _sweep(request, docker)
        backup = chosen(whole(restic.snapshots()), request.at)
        manifest = _manifest(restic, backup.id)
        if manifest.get("stack") != request.stack:
            raise Failed(f"AT={request.at}: is a backup of {manifest.get('stack')}, not of {request.stack}")
        pairs = _pairs(request, manifest["parts"])
        _refuse_users(docker, [part for part, _ in pairs])
        full = [part.volume for part, _ in pairs if _full(docker, part.volume)]
        if full and not request.overwrite:
            told = f"{', '.join(full)} on the host is not empty; what is there would be moved aside"
            raise Failed(f"CONFIRM: {told}; repeat it with CONFIRM={request.stack}")
        prepared: list[Prepared] = []
        try:
            for part, entry in pairs:
                folder = made(docker, part.volume, request.labels)
                fresh = folder.with_name(f"{folder.name}.{RESTORING}")
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(mode=0o700)
                prepared.append(Prepared(part, folder, fresh))
                _fill(part, entry, fresh, restic, workplace)
            with _held_off(place, [part for part, _ in pairs], docker):
                change_places(place, prepared)
        finally:
            for each in prepared:
                # What a swap could not put back is not thrown away.
                if each.part.volume not in marked(place):
                    shutil.rmtree(each.fresh, ignore_errors=True)
            _sweep(request, docker)
        say(f"{request.stack}: backup {backup.id[:SHORT]} is back; `make up` takes it up")


def _refuse_users(docker: Docker, parts: Sequence[Part]) -> None:
    for part in parts:
        if users(docker, part.volume, paused=True):
            raise Failed(f"{part.service}: runs, and uses {part.volume}; run `make down` first")


@contextmanager
def _held_off(place: Place, parts: Sequence[Part], docker: Docker) -> Iterator[None]:
    """No rollout starts a container of theirs; Failed if one has meanwhile."""
    with ExitStack() as locks:
        for service in sorted({part.service for part in parts}):
            locks.enter_context(place.lock(service, PATIENCE))
        _refuse_users(docker, parts)
        yield


def _pairs(request: Request, entries: list[Entry]) -> list[tuple[Part, Entry]]:
    """Each part of the backup that is asked for, as this stack has it now."""
    known = {part.volume: part for part in request.parts}
    found = []
    for entry in entries:
        if request.services and entry["service"] not in request.services:
            continue
        part = known.get(entry["volume"])
        if part is None:
            problem = f"{entry['volume']} is no volume of {request.stack}'s stack file"
            raise Failed(f"AT={request.at}: {problem}; name its service, {entry['service']}, in services")
        if part.way != entry["way"]:
            raise Failed(f"AT={request.at}: {part.volume} was copied as {entry['way']}, and is {part.way} now")
        found.append((part, entry))
    if not found:
        raise Failed(f"AT={request.at}: has nothing of {', '.join(request.services)}; `make backups` shows what it has")
    return found


def _manifest(restic: Restic, snapshot: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(restic.must("dump", "--no-lock", snapshot, f"/{MANIFEST}"))
    except ValueError:
        raise Failed(f"AT={snapshot[:SHORT]}: its manifest cannot be read; take another backup") from None
    return found


def _fill(part: Part, entry: Entry, fresh: Path, restic: Restic, workplace: Workplace) -> None:
    """Put a part together in an empty folder."""
    snapshots = entry["snapshots"]
    if "files" in snapshots:
        restic.must("restore", "--no-lock", snapshots["files"], "--target", str(fresh))
    if part.way == "postgres":
        with restic.dump(snapshots["dump"], f"/{part.service}.sql") as text:
            filled(part, fresh, text, workplace.docker, workplace.scratch)
    elif "dump" in snapshots:
        with restic.dump(snapshots["dump"], f"/{entry['file']}.sql") as text:
            load(text.stdout or (), fresh / entry["file"])
        if text.returncode:
            raise Failed(f"{part.service}: its dump cannot be read from the repository; take another backup")
    for name, (user, group, mode) in entry["owner"].items():
        path = fresh / name
        # A service whose database is elsewhere has none here.
        with suppress(FileNotFoundError):
            shutil.chown(path, user, group)
            path.chmod(mode)
    say(f"{part.service}: {part.volume} is put together")


def _full(docker: Docker, volume: str) -> bool:
    folder = folder_of(docker, volume)
    return bool(folder and any(folder.iterdir()))


def _sweep(request: Request, docker: Docker) -> None:
    """Remove the databases that a killed restore has left running."""
    services = {part.service for part in request.parts if part.way == "postgres"}
    for service in sorted(services):
        left = docker.must("ps", "--all", "--quiet", "--filter", f"label={CARRIER}={service}").split()
        if left:
            docker.must("rm", "--force", "--volumes", *left)
