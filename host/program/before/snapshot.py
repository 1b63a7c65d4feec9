"""The snapshot that a recreate begins with: after the old container has stopped, before the new one starts.

Its own volumes are copied as files, which nothing writes to then; a database that runs on is dumped. All of that is
done once before the old container stops, so that what is left for the time in which requests are held is what changed.
"""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..backup.database import DUMP
from ..backup.listing import tag
from ..backup.parts import FIRST_PASS
from ..backup.request import typed
from ..backup.restic import NotAllRead
from ..backup.volumes import folder_of
from ..errors import Failed
from ..text import json_object
from . import schema
from .local import failed, opened

if TYPE_CHECKING:
    from ..backup.restic import Restic
    from ..docker import Container, Docker
    from ..place import Place
    from ..request import Request
    from ..tell import Tell

KEPT = 5
"""Newest snapshots of a service that are kept: as many as images."""
POSTGRES = "postgres"


@dataclass(frozen=True)
class Part:
    """One volume that a service's data is in."""

    service: str
    """Itself, or its database."""
    volume: str
    way: str
    """`files`, or `postgres` for a database that runs on."""
    leave_out: list[str]
    file: str
    """Of `files`: the SQLite database in it, if there is one; else empty."""


class Before:
    """The snapshot of one rollout. Does nothing where none is asked for."""

    def __init__(self, request: Request, place: Place, docker: Docker, tell: Tell) -> None:
        self._request, self._place, self._docker, self._tell = request, place, docker, tell
        self._service = request.service
        self._parts = [typed(Part, each) for each in request.before.get("parts") or ()]
        self._limit = float(request.before.get("limit") or 0)
        self._note = place.run / f"{request.service}.before"
        self._prepared = False
        self.made: dict[str, Any] = {}
        """For the history: `run`, and for each part its restic id."""

    def begin(self) -> None:
        """A rollout begins. What one that was cut off has noted counts only while requests are held since then."""
        if not self._place.held(self._service):
            self.forget()

    def forget(self) -> None:
        """The rollout is over."""
        self._note.unlink(missing_ok=True)

    def prepare(self) -> None:
        """Copy what there is while the old container serves; Failed if the snapshot could not be made later."""
        if not self._parts:
            return
        with opened(self._place, self._request.stack, self._service) as restic:
            for part in self._parts:
                # A file that goes away while it is read is the snapshot's to know.
                with suppress(NotAllRead):
                    self._copy(restic, part, [FIRST_PASS], None)
        self._prepared = True

    def take(self, new: Container) -> None:
        """Make it, now that nothing writes; Failed if that cannot be done, or takes too long."""
        if not self._parts:
            return
        with suppress(FileNotFoundError):
            self.made = json_object(self._note.read_text(encoding="utf-8"))
        if self.made or new.running:
            # Taken up again: the new container may have changed the data since then.
            return
        began = time.monotonic()
        run = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"
        copied, size = [], 0
        with opened(self._place, self._request.stack, self._service, look=not self._prepared) as restic:
            for part in self._parts:
                left = self._limit - (time.monotonic() - began)
                if left <= 0:
                    raise failed(f"took longer than {self._limit:g} s, half of the service's rollout.hold; raise that")
                found = self._copy(restic, part, [f"run={run}"], left)
                if found:
                    copied.append(found)
                    size += int(found.pop("bytes"))
        if not copied:
            return
        made = {"run": run, "parts": copied}
        self._place.write(self._note, json.dumps(made).encode())
        self.made = made
        took = time.monotonic() - began
        self._tell(f"{self._service}: snapshot {run} of its data, {size / 1e6:.1f} MB, in {took:.1f} s")

    def compare(self) -> None:
        """Note which volumes have other tables since then."""
        parts = {part.volume: part for part in self._parts}
        for each in self.made.get("parts") or ():
            if each["schema"] and each["volume"] in parts:
                now = self._schema(parts[each["volume"]])
                each["migrated"] = bool(now) and now != each["schema"]

    def _schema(self, part: Part) -> str:
        if part.way == POSTGRES:
            with suppress(Failed):
                return schema.of_postgres(self._docker, self._running(part.service))
        folder = folder_of(self._docker, part.volume) if part.file else None
        return schema.of_sqlite(folder / part.file) if folder else ""

    def prune(self) -> None:
        """Remove older ones. What cannot be removed now is removed next time."""
        if not self.made:
            return
        with suppress(Failed), opened(self._place, self._request.stack, self._service) as restic:
            snapshots = restic.snapshots()
            gone = [each["id"] for each in over(snapshots)]
            gone += [each["id"] for each in snapshots if FIRST_PASS in each["tags"]]
            if gone:
                # Only of processes that are gone: a killed run leaves its own.
                restic.run("unlock")
                restic.must("forget", "--prune", *gone)

    def _copy(self, restic: Restic, part: Part, tags: list[str], limit: float | None) -> dict[str, Any]:
        """Copy one part; what the history says of it, empty if there is nothing yet."""
        folder = folder_of(self._docker, part.volume)
        if folder is None or not any(folder.iterdir()):
            return {}
        marks = [f"service={self._service}", f"volume={part.volume}", *tags]
        # What is not waited for leaves the processor to what serves.
        gentle = limit is None
        try:
            if part.way == POSTGRES:
                line = ["docker", "exec", self._running(part.service), "sh", "-c", DUMP]
                what = ["--stdin-filename", f"{part.service}.sql", "--stdin-from-command", "--", *line]
                summary = restic.backup(marks, what, gentle=gentle, limit=limit)
            else:
                left_out = [f"--exclude={folder / path}" for path in part.leave_out]
                summary = restic.backup(marks, [*left_out, "."], folder=folder, gentle=gentle, limit=limit)
        except NotAllRead:
            raise
        except Failed as failure:
            raise Failed(f"{part.volume}: {failure}") from None
        state = folder.stat()
        return {
            "service": part.service, "volume": part.volume, "way": part.way, "snapshot": str(summary["snapshot_id"]),
            "schema": "" if gentle else self._schema(part),
            "owner": [state.st_uid, state.st_gid, state.st_mode & 0o7777],
            "bytes": int(summary.get("total_bytes_processed") or 0),
        }  # fmt: skip

    def _running(self, service: str) -> str:
        found = self._docker.containers(self._request.stack, service)
        if not found:
            raise Failed(f"{service} does not run, so it cannot be dumped; `make up` starts it")
        return found[-1].id


def over(snapshots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of one service that are more than are kept; a first pass belongs to none."""
    runs = sorted({tag(each, "run") for each in snapshots} - {""})
    return [each for each in snapshots if tag(each, "run") in runs[:-KEPT]]
