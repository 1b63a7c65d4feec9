"""What an operator reads and answers: lines, tables, questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement

if TYPE_CHECKING:
    from rich.table import Table

console = Console(highlight=False)
YES = {"y", "yes", "s", "si", "sí"}
WIDEST = 400
"""No table needs more columns than that."""


def show(table: Table) -> None:
    """Print a table whole: a line that is longer than the terminal is wide can still be copied."""
    whole = Measurement.get(console, console.options.update(width=WIDEST), table).maximum
    Console(width=whole, highlight=False).print(table)


def agreed(question: str) -> bool:
    """Ask the operator at a terminal; yes and sí count as they are typed, with or without the accent."""
    return console.input(f"{question} [bold]yes[/bold]/no: ").strip().lower() in YES
