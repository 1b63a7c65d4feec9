"""What happened to the services of a host, and which release a rollback leads to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

JSON = dict[str, Any]


def read(files: Mapping[str, str]) -> list[JSON]:
    """The history in a host's files, oldest first. A line that a crash cut off is left out."""
    found = []
    for line in files.get("history.jsonl", "").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def releases(history: Iterable[JSON], service: str) -> list[JSON]:
    """The releases of a service that stand on each other, the present one last.

    Going back to the one before takes the present one off, so that two rollbacks in a row lead two releases back.
    """
    standing: list[JSON] = []
    for record in history:
        if record["service"] != service or record["outcome"] != "ok":
            continue
        if len(standing) > 1 and standing[-2]["release"] == record["release"]:
            standing.pop()
        elif standing and standing[-1]["release"] == record["release"]:
            standing[-1] = record
        else:
            standing.append(record)
    return standing


def migrated(history: Sequence[JSON], service: str, *, since: JSON) -> list[str]:
    """Volumes whose tables a rollout has changed, of those that came after that one."""
    later = history[max(number for number, record in enumerate(history) if record is since) + 1 :]
    parts = [
        part
        for record in later
        if record["service"] == service
        for part in (record.get("snapshot") or {}).get("parts") or ()
    ]
    return list(dict.fromkeys(part["volume"] for part in parts if part.get("migrated")))


def last_hold(history: Iterable[JSON], service: str) -> int | None:
    """Seconds that requests to a service were held in its last rollout; None if none is known."""
    held = [record["held"] for record in history if record["service"] == service and record["previous"]]
    return held[-1] if held else None
