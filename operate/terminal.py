"""What an operator reads and answers: lines, tables, questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

console = Console(highlight=False)
YES = {"y", "yes", "s", "si", "sí"}
WIDEST = 400
"""No table needs more columns than that."""


def answer(document: Mapping[str, object]) -> None:
    """Print one JSON document, of an object whose keys docs/operating.md has."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def nothing_else() -> None:
    """Keep stdout for one document: what else is said goes to stderr from now on."""
    console.stderr = True


def headed(title: str, *columns: str) -> Table:
    """A table with nothing in it yet, for `show`."""
    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def show(table: Table) -> None:
    """Print a table whole: a line that is longer than the terminal is wide can still be copied."""
    whole = Measurement.get(console, console.options.update(width=WIDEST), table).maximum
    Console(width=whole, highlight=False).print(table)


def agreed(question: str) -> bool:
    """Ask the operator at a terminal; yes and sí count as they are typed, with or without the accent."""
    return console.input(f"{question} [bold]yes[/bold]/no: ").strip().lower() in YES
