"""What a backup says of itself, and what the stack has of it now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from .listing import SHORT
from .take import MANIFEST

if TYPE_CHECKING:
    from .fill import Entry
    from .request import Part, Request
    from .restic import Restic


def manifest_of(restic: Restic, snapshot: str) -> dict[str, Any]:
    """Of the backup with that last snapshot."""
    try:
        found: dict[str, Any] = json.loads(restic.must("dump", "--no-lock", snapshot, f"/{MANIFEST}"))
    except ValueError:
        raise Failed(f"AT={snapshot[:SHORT]}: its manifest cannot be read; take another backup") from None
    return found


def pairs(request: Request, manifest: dict[str, Any]) -> list[tuple[Part, Entry]]:
    """Each part of the backup that is asked for, as this stack has it now; Failed if that is another."""
    if manifest.get("stack") != request.stack:
        raise Failed(f"AT={request.at}: is a backup of {manifest.get('stack')}, not of {request.stack}")
    known = {part.volume: part for part in request.parts}
    found = []
    for entry in manifest["parts"]:
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
