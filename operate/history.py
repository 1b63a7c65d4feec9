"""What happened to the services of a host, and which release a rollback leads to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def last_hold(history: Iterable[JSON], service: str) -> int | None:
    """Seconds that requests to a service were held in its last rollout; None if none is known."""
    held = [record["held"] for record in history if record["service"] == service and record["previous"]]
    return held[-1] if held else None


def table(history: Iterable[JSON], service: str | None) -> Table:
    """When, who, service, release, the one before, image, outcome."""
    shown = Table(box=box.SIMPLE_HEAD)
    for column in ("When (UTC)", "By", "Service", "Release", "Before", "Image", "Took", "Held", "Outcome"):
        shown.add_column(column, no_wrap=True)
    for record in history:
        if service in {None, record["service"]}:
            color = "green" if record["outcome"] == "ok" else "red"
            shown.add_row(
                record["when"].replace("T", " ").rstrip("Z"),
                record["by"],
                record["service"],
                record["release"],
                record["previous"] or "-",
                record["image"].split("@")[0].rsplit("/", 1)[-1],
                f"{record['seconds']} s",
                f"{record['held']} s",
                f"[{color}]{record['outcome']}[/{color}]",
            )
    return shown
