"""The engine's event log of one run: what stands on the screen, without colours and progress."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

JSON = dict[str, Any]
Operations = dict[tuple[str, str], set[str]]
"""(type, name) of a resource -> the engine's operations on it."""

UNTOUCHED = {"same", "read", "refresh"}


def read(path: Path) -> list[JSON]:
    """Every event, in its order. The last line of a run that was killed may be cut off; it is left out."""
    found = []
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def operations(events: list[JSON]) -> Operations:
    """What the run does, or would do; nothing for what stays as it is."""
    found: Operations = {}
    for event in events:
        metadata = (event.get("resourcePreEvent") or {}).get("metadata") or {}
        operation = metadata.get("op", "same")
        if operation not in UNTOUCHED:
            name = metadata["urn"].rsplit("::", 1)[1]
            found.setdefault((metadata["type"], name), set()).add(operation)
    return found


def under_way(events: list[JSON]) -> list[str]:
    """Names of the resources that the run has begun to change and has not done with."""
    begun: dict[str, str] = {}
    for event in events:
        before = (event.get("resourcePreEvent") or {}).get("metadata")
        if before and before["op"] not in UNTOUCHED:
            begun[before["urn"]] = before["urn"].rsplit("::", 1)[1]
        after = event.get("resOutputsEvent") or event.get("resOpFailedEvent")
        if after:
            begun.pop(after["metadata"]["urn"], None)
    return list(begun.values())


def failed(events: list[JSON]) -> list[str]:
    """Names of the resources that an operation of the run failed on."""
    found = (event["resOpFailedEvent"]["metadata"]["urn"] for event in events if event.get("resOpFailedEvent"))
    return [urn.rsplit("::", 1)[1] for urn in found]
