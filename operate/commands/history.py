"""`make history`: what was rolled out on the host, when and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.history import read
from host.machine import Machine
from operate.prepare import tell_mistakes
from operate.stack import refuse_unknown
from operate.terminal import answer, headed, nothing_else, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from host.history import JSON
    from operate.stack import Stack


SHOWN = ("when", "by", "service", "release", "previous", "image", "seconds", "held", "outcome")
"""What is shown of a record."""


def history(stack: Stack, service: str | None, *, as_json: bool = False) -> int:
    """Show what happened to the services of the host, newest last."""
    if as_json:
        nothing_else()
    wrong = tell_mistakes(stack)
    known = read(Machine(stack.host).files(stack.root))
    if service is not None:
        # One that the stack file does not name any more has a history, too.
        refuse_unknown(service, [*([] if wrong else stack.names), *(record["service"] for record in known)])
    if as_json:
        answer({"stack": stack.name, "rollouts": documents(known, service)})
    else:
        show(table(known, service), spare=("Before", "By", "Held", "Image"))
    return 0


def documents(records: Iterable[JSON], service: str | None) -> list[JSON]:
    """The same as JSON; `previous` and `snapshot`, of the data before it, are null where there was none."""
    own = [record for record in records if service in {None, record["service"]}]
    return [
        {key: record[key] for key in SHOWN}
        | {"previous": record["previous"] or None, "snapshot": (record.get("snapshot") or {}).get("run")}
        for record in own
    ]


def table(records: Iterable[JSON], service: str | None) -> Table:
    """When, who, service, release, the one before, image, outcome."""
    shown = headed("", "When (UTC)", "By", "Service", "Release", "Before", "Image", "Took", "Held", "Outcome")
    for record in records:
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
