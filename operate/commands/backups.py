"""`make backups`: what can be put back. Fails where the newest is old or there is none: for what watches it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from host import history
from host.errors import OperatorError
from host.machine import Machine
from operate.inspect import ages
from operate.repository import listed
from operate.terminal import console, headed, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from operate.stack import Stack


def backups(stack: Stack) -> int:
    """Show the backups, the newest last; 1 if none is newer than `ages.OLD`."""
    if stack.topology.backup is None:
        raise OperatorError(f"{stack.file.name} has no smarter-net:backup; say where to (docs/data.md)")
    found = listed(stack)
    now = datetime.now(UTC)
    show(table(stack.name, found, now))
    tried = ages.drill(stack.topology.backup, history.read(Machine(stack.host).files(stack.root)), now)
    console.print(tried.shown(), soft_wrap=True)
    if not found:
        console.print(f"[red]{stack.name} has no backup; `make backup STACK={stack.name}` makes one.[/red]")
    elif old(found[-1], now):
        console.print(f"[red]The newest is old; `make backup STACK={stack.name}` makes one.[/red]")
    return 0 if found and not old(found[-1], now) and not tried.late else 1


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
