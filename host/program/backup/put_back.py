"""A restore: everything is put together beside what is there, and takes its place when all of it is whole.

What was there is moved aside and kept.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ..errors import Failed
from .database import clear
from .fill import fill
from .listing import SHORT, chosen, whole
from .manifest import manifest_of, pairs
from .swap import RESTORING, Prepared, change_places, marked
from .volumes import folder_of, made, users
from .workplace import LOCK, PATIENCE, Workplace, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..docker import Docker
    from ..place import Place
    from .request import Part, Request


def restore(request: Request, place: Place, docker: Docker) -> None:
    """Fill volumes of the stack from a backup; Failed, and all as it was, unless every one of them is whole."""
    workplace = Workplace(request, place, docker)
    workplace.need_root()
    with place.lock(LOCK, PATIENCE), workplace.restic() as restic:
        clear(workplace)
        backup = chosen(whole(restic.snapshots()), request.at)
        wanted = pairs(request, manifest_of(restic, backup.id))
        _refuse_users(docker, [part for part, _ in wanted])
        full = [part.volume for part, _ in wanted if _full(docker, part.volume)]
        if full and not request.overwrite:
            told = f"{', '.join(full)} on the host is not empty; what is there would be moved aside"
            raise Failed(f"CONFIRM: {told}; repeat it with CONFIRM={request.stack}")
        prepared: list[Prepared] = []
        try:
            for part, entry in wanted:
                folder = made(docker, part.volume, request.labels)
                fresh = folder.with_name(f"{folder.name}.{RESTORING}")
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(mode=0o700)
                prepared.append(Prepared(part, folder, fresh))
                filled = fill(part, entry, fresh, restic, workplace)
                say(f"{part.service}: {part.volume} is put together, {filled}")
            with _held_off(place, [part for part, _ in wanted], docker):
                change_places(place, prepared)
        finally:
            for each in prepared:
                # What a swap could not put back is not thrown away.
                if each.part.volume not in marked(place):
                    shutil.rmtree(each.fresh, ignore_errors=True)
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


def _full(docker: Docker, volume: str) -> bool:
    folder = folder_of(docker, volume)
    return bool(folder and any(folder.iterdir()))
