"""How many rows each table of a database had, at the end of its text: what comes back is held against it.

Comments for whatever reads the text. They are of the same moment as the dump, and a text without the last one is cut
off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROWS = "-- smarter-net: rows "
"""Then the number, a blank, and the table."""
END = "-- smarter-net: end"


def written(rows: Mapping[str, int]) -> Iterator[str]:
    """The lines."""
    for table, number in sorted(rows.items()):
        yield f"{ROWS}{number} {' '.join(table.split())}"
    yield END


def read(lines: Iterable[str]) -> dict[str, int] | None:
    """Rows by table; None if the text was cut off."""
    rows: dict[str, int] = {}
    whole = False
    for line in lines:
        if line.startswith(ROWS):
            number, _, table = line[len(ROWS) :].rstrip("\n").partition(" ")
            rows[table] = int(number)
        whole = whole or line.rstrip() == END
    return rows if whole else None


def difference(had: Mapping[str, int], has: Mapping[str, int]) -> str:
    """What is not as it was, of the first such table; empty if nothing is."""
    for table in sorted({*had, *has}):
        if had.get(table) != has.get(table):
            return f"table {table} has {has.get(table, 0)} rows, and had {had.get(table, 0)} when it was dumped"
    return ""
