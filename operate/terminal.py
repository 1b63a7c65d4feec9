"""What an operator reads and answers: lines, tables, questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def show(table: Table, *, spare: Sequence[str] = ()) -> None:
    """Print a table whole: a line that is longer than the terminal is wide can still be copied.

    `spare`: columns that a terminal does without, from the first on, for as long as the others do not fit it.
    """
    for column in spare if console.is_terminal else ():
        if _width(table) > console.width:
            table = _without(table, column)
    Console(width=_width(table), highlight=False, force_terminal=console.is_terminal, file=console.file).print(table)


def _width(table: Table) -> int:
    return Measurement.get(console, console.options.update(width=WIDEST), table).maximum


def _without(table: Table, left_out: str) -> Table:
    kept = [column for column in table.columns if column.header != left_out]
    lean = headed(str(table.title or ""), *(str(column.header) for column in kept))
    for row in zip(*(column.cells for column in kept), strict=True):
        lean.add_row(*row)
    return lean


def agreed(question: str) -> bool:
    """Ask the operator at a terminal; yes and sí count as they are typed, with or without the accent."""
    return console.input(f"{question} [bold]yes[/bold]/no: ").strip().lower() in YES
