"""The data of a snapshot takes the place of what is there, in the middle of a rollout, and goes back if that fails.

It is put together beforehand, beside what serves: files in a folder, a database under another name in the same
PostgreSQL. What it replaces is kept, see kept.py. Each step is noted first: a rollout that was cut off goes on with it.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..backup.database import count_in, load_into
from ..backup.rows import difference, read
from ..backup.swap import move
from ..backup.volumes import folder_of
from ..backup.workplace import FOLDER
from ..errors import Failed
from ..history import FILE
from ..text import json_object
from . import database, kept
from .local import opened
from .snapshot import POSTGRES

if TYPE_CHECKING:
    from pathlib import Path

    from ..backup.restic import Restic
    from ..docker import Docker
    from ..place import Place
    from ..request import Request
    from ..tell import Tell

ASIDE, IN, DONE, OUT, RESTORE = "aside", "in", "done", "out", "restore"
"""What is under way: the present data aside, the other one in, and the way back from there."""


@dataclass(frozen=True)
class Folders:
    """Of one volume."""

    present: Path
    fresh: Path
    """What goes there."""
    aside: Path
    """Where what is there goes."""
    owner: tuple[int, int, int]
    """User, group and mode of the folder as it is."""


class Back:
    """Of one rollout. Does nothing where no snapshot is asked for."""

    def __init__(self, request: Request, place: Place, docker: Docker, tell: Tell) -> None:
        self._request, self._place, self._docker, self._tell = request, place, docker, tell
        self._service, self._run = request.service, request.data
        self._file = place.run / f"{request.service}.back"
        self._prepared = False

    def begin(self) -> None:
        """A rollout begins. What another one has put back serves, unless requests are held since then."""
        note = self._note()
        if note and note["run"] != self._run and not self._place.held(self._service):
            self.settle()

    def prepare(self) -> None:
        """Put it together beside what serves; Failed, and nothing has changed, if it is not whole."""
        if not self._run:
            return
        self._prepared = True
        try:
            with opened(self._place, self._request.stack, self._service, wrong=_failed) as restic:
                for part in self._parts():
                    self._tell(f"{self._service}: putting together {part['volume']} of snapshot {self._run}")
                    if part["way"] == POSTGRES:
                        self._database(restic, part)
                    else:
                        self._folder(restic, part)
        except Failed:
            with suppress(Failed, OSError):
                self._clear({})
            raise

    def swap(self) -> None:
        """Nothing uses it now: put it in. Failed if that cannot be done."""
        note = self._note()
        if note and note["run"] != self._run:
            self.undo()
            note = {}
        if not self._run:
            return
        if not note:
            note = self._begun()
        if note["state"] == ASIDE:
            for each in self._folders(note):
                _move_all(each.present, each.aside)
            self._step(note, IN)
        if note["state"] == IN:
            for each in self._folders(note):
                state = each.fresh.stat()
                _move_all(each.fresh, each.present)
                _own(each.present, (state.st_uid, state.st_gid, state.st_mode & 0o7777))
            for container in self._databases():
                database.take_place(self._docker, container, note["stamp"])
            self._step(note, DONE)
            self._tell(f"{self._service}: the data of snapshot {self._run} is in its place")

    def _begun(self) -> dict[str, Any]:
        if not self._prepared:
            self.prepare()
        note: dict[str, Any] = {"run": self._run, "folders": {}}
        note["stamp"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        for part in self._parts():
            if part["way"] != POSTGRES:
                found = self._present(part["volume"]).stat()
                note["folders"][part["volume"]] = [found.st_uid, found.st_gid, found.st_mode & 0o7777]
        self._step(note, ASIDE)
        return note

    def undo(self) -> None:
        """The rollout failed: the data is as it was. Failed if that cannot be done."""
        note = self._note()
        if note:
            if note["state"] in {IN, DONE, OUT}:
                self._step(note, OUT)
                for container in self._databases(note["run"]):
                    database.give_back(self._docker, container, note["stamp"])
                for each in self._folders(note):
                    _move_all(each.present, each.fresh)
            self._step(note, RESTORE)
            for each in self._folders(note):
                _move_all(each.aside, each.present)
                _own(each.present, each.owner)
                shutil.rmtree(each.aside, ignore_errors=True)
            self._tell(f"{self._service}: its data is as it was before")
        self._clear(note)

    def settle(self) -> None:
        """The new container serves: what was replaced is kept until the next good backup."""
        note = self._note()
        if note:
            folders = [str(each.aside) for each in self._folders(note)]
            names = [each["service"] for each in self._parts(note["run"]) if each["way"] == POSTGRES]
            kept.note(self._place, note["stamp"], folders, names)
            for each in folders:
                self._tell(f"{self._service}: the data from before this is kept in {each} until the next good backup")
        self._clear(note)

    def _clear(self, note: dict[str, Any]) -> None:
        run = note.get("run") or self._run
        if run and (note or self._prepared):
            for part in self._parts(run):
                if part["way"] == POSTGRES:
                    for container in self._databases(run):
                        database.drop(self._docker, container)
                else:
                    shutil.rmtree(_fresh(self._present(part["volume"])), ignore_errors=True)
        self._file.unlink(missing_ok=True)

    def _note(self) -> dict[str, Any]:
        try:
            return json_object(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def _step(self, note: dict[str, Any], state: str) -> None:
        note["state"] = state
        self._place.write(self._file, json.dumps(note).encode())

    def _parts(self, run: str = "") -> list[dict[str, Any]]:
        """What the history says of a snapshot; Failed if it does not know it."""
        wanted = run or self._run
        for line in (self._place.root / FILE).read_text(encoding="utf-8", errors="replace").splitlines():
            snapshot = json_object(line).get("snapshot") or {}
            if snapshot.get("run") == wanted and json_object(line).get("service") == self._service:
                parts: list[dict[str, Any]] = snapshot["parts"]
                return parts
        raise Failed(f"DATA: the history has no snapshot {wanted} of {self._service}")

    def _present(self, volume: str) -> Path:
        found = folder_of(self._docker, volume)
        if found is None:
            raise Failed(f"DATA: the host has no volume {volume}; `make up` makes it")
        return found

    def _folders(self, note: dict[str, Any]) -> list[Folders]:
        found = []
        for volume, owner in note["folders"].items():
            present = self._present(volume)
            aside = present.with_name(f"{present.name}.before-{note['stamp']}")
            fresh = _fresh(present)
            for each in (aside, fresh):
                each.mkdir(mode=0o700, exist_ok=True)
            found.append(Folders(present, fresh, aside, tuple(owner)))
        return found

    def _databases(self, run: str = "") -> list[str]:
        """Ids of the containers that they run in."""
        return [self._running(each["service"]) for each in self._parts(run) if each["way"] == POSTGRES]

    def _running(self, service: str) -> str:
        found = self._docker.containers(self._request.stack, service)
        if not found:
            raise Failed(f"DATA: {service} does not run; `make up` starts it")
        return found[-1].id

    def _folder(self, restic: Restic, part: dict[str, Any]) -> None:
        fresh = _fresh(self._present(part["volume"]))
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        restic.must("restore", "--no-lock", part["snapshot"], "--target", str(fresh))
        _own(fresh, part["owner"])

    def _database(self, restic: Restic, part: dict[str, Any]) -> None:
        container = self._running(part["service"])
        database.make(self._docker, container)
        with restic.dump(part["snapshot"], f"/{part['service']}.sql") as text:
            said, end = load_into(container, text, self._place.root / FOLDER, database.LOAD)
        had = read(end)
        why = f"its dump cannot be loaded: {said}" if said else ""
        if not why and (text.returncode or had is None):
            why = "its dump cannot be read from the repository"
        if not why and had is not None:
            why = difference(had, count_in(container, self._docker, database.COUNT))
        if why:
            database.drop(self._docker, container)
            raise Failed(f"DATA: {part['volume']}: {why}")


def _failed(why: str) -> Failed:
    return Failed(f"DATA: {why.removeprefix('DATA: ')}")


def _fresh(present: Path) -> Path:
    return present.with_name(f"{present.name}.rollback")


def _own(folder: Path, owner: tuple[int, int, int] | list[int]) -> None:
    user, group, mode = owner
    shutil.chown(folder, user, group)
    folder.chmod(mode)


def _move_all(source: Path, target: Path) -> None:
    """All that is still there, so that it can be begun again. Not the folder itself: it may be a disk of its own."""
    for path in sorted(source.iterdir()):
        move(path, target / path.name)
