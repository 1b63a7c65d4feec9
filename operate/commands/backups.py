"""`make backups`: what can be put back. Fails where the newest is old or there is none: for what watches it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from host import history
from host.errors import OperatorError
from host.machine import Machine
from operate.inspect import ages
from operate.repository import listed
from operate.terminal import answer, console, headed, nothing_else, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from operate.stack import Stack


def backups(stack: Stack, *, as_json: bool = False) -> int:
    """Show the backups, the newest last; 1 if none is newer than `ages.OLD`."""
    if as_json:
        nothing_else()
    if stack.topology.backup is None:
        raise OperatorError(f"{stack.file.name} has no smarter-net:backup; say where to (docs/data.md)")
    found = listed(stack)
    now = datetime.now(UTC)
    tried = ages.drill(stack.topology.backup, history.read(Machine(stack.host).files(stack.root)), now)
    late = not found or old(found[-1], now)
    if as_json:
        made = [{**each, "when": _when(each).isoformat().replace("+00:00", "Z")} for each in found]
        drill = {"said": tried.said, "late": tried.late}
        answer({"stack": stack.name, "late": late, "drill": drill, "backups": made})
        return int(late or tried.late)
    show(table(stack.name, found, now), spare=("New", "Age"))
    console.print(tried.shown(), soft_wrap=True)
    if not found:
        console.print(f"[red]{stack.name} has no backup; `make backup STACK={stack.name}` makes one.[/red]")
    elif late:
        console.print(f"[red]The newest is old; `make backup STACK={stack.name}` makes one.[/red]")
    return int(late or tried.late)


def table(stack: str, found: Sequence[dict[str, Any]], now: datetime) -> Table:
    """Id, when, age, size, what was new in it, what it has."""
    shown = headed(f"{stack}: backups", "AT", "When (UTC)", "Age", "Size", "New", "Has")
    for each in found:
        color = "red" if each is found[-1] and old(each, now) else "default"
        shown.add_row(
            each["id"],
            f"{_when(each):%Y-%m-%d %H:%M:%S}",
            f"[{color}]{ages.age(now - _when(each))}[/{color}]",
            f"{each['bytes'] / 1e6:.1f} MB",
            f"{each['added'] / 1e6:.1f} MB",
            ", ".join(each["services"]),
        )
    return shown


def old(backup: dict[str, Any], now: datetime) -> bool:
    """Whether it is older than one a night would be."""
    return now - _when(backup) > ages.OLD


def _when(backup: dict[str, Any]) -> datetime:
    return datetime.strptime(backup["when"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
