"""The backups that a repository has of a stack, from its list of snapshots alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from .parts import FIRST_PASS
from .workplace import Workplace, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..docker import Docker
    from ..place import Place
    from .request import Request

WHOLE = "whole"
"""Tag of the last snapshot of a backup."""
LATEST = "latest"
SHORT = 8
"""Digits of an id that are shown."""


@dataclass(frozen=True)
class Backup:
    """One that is whole."""

    id: str
    """Of its last snapshot."""
    run: str
    """`20261127T031500Z-1a2b`: when it began, and what tells two of one second apart."""
    services: tuple[str, ...]
    bytes: int
    added: int

    def shown(self) -> dict[str, Any]:
        """For the operator's machine."""
        return {
            "id": self.id[:SHORT], "when": self.run.partition("-")[0], "services": list(self.services),
            "bytes": self.bytes, "added": self.added,
        }  # fmt: skip


def whole(snapshots: Iterable[dict[str, Any]]) -> list[Backup]:
    """The backups of which every snapshot is there, the oldest first."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for snapshot in snapshots:
        runs.setdefault(tag(snapshot, "run"), []).append(snapshot)
    found = []
    for run, own in sorted(runs.items()):
        last = next((each for each in own if WHOLE in each["tags"]), None)
        parts = [each for each in own if each is not last and FIRST_PASS not in each["tags"]]
        if last and tag(last, "parts") == str(len(parts)):
            services = tuple(dict.fromkeys(tag(each, "service") for each in parts))
            read, added = (
                sum(int((each.get("summary") or {}).get(name) or 0) for each in some)
                for name, some in (("total_bytes_processed", [*parts, last]), ("data_added", own))
            )
            found.append(Backup(last["id"], run, services, read, added))
    return found


def tag(snapshot: dict[str, Any], name: str) -> str:
    """The value of a snapshot's tag `name=value`; empty without it."""
    return next((each[len(name) + 1 :] for each in snapshot.get("tags") or () if each.startswith(f"{name}=")), "")


def chosen(backups: list[Backup], at: str) -> Backup:
    """The backup whose id begins so, or the latest; Failed unless it is one."""
    if not backups:
        raise Failed("AT: there is no whole backup of this stack; `make backup` makes one")
    found = backups[-1:] if at == LATEST else [each for each in backups if at and each.id.startswith(at)]
    if len(found) != 1:
        raise Failed(f"AT={at}: {'several backups begin so' if found else 'there is no such backup'}; `make backups`")
    return found[0]


def backups(request: Request, place: Place, docker: Docker) -> None:
    """Print all of them, as one line of JSON."""
    with Workplace(request, place, docker).restic() as restic:
        say(json.dumps([each.shown() for each in whole(restic.snapshots())]))
