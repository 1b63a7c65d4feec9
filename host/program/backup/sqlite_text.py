"""A SQLite database as SQL text, and back: Python's own SQLite, so that no other program is asked of a host.

Text is what deduplicates: of the file itself, one page of shift makes all chunks new. It is read in one transaction,
which neither waits for a writer nor makes one wait where the database has a write-ahead log.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..errors import Failed
from .rows import difference, read, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

WAIT = 60
"""Seconds that a lock of the service's is waited for."""
COMMENT = "-- smarter-net: "


def dump(arguments: Sequence[str]) -> int:
    """Write the database at that path, the only argument, to the output."""
    path = arguments[0]
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=WAIT)) as database:
            database.isolation_level = None
            # Bytes that are no UTF-8 are no text; one of them must not keep all others from being copied.
            database.text_factory = lambda content: content.decode("utf-8", "replace")
            database.execute("BEGIN")
            _refuse_virtual(database)
            rows, odd = _counted(database)
            if odd:
                database.create_function("quote", 1, _quoted, deterministic=True)
            for name in ("user_version", "application_id", "journal_mode"):
                _write(f"PRAGMA {name}={database.execute(f'PRAGMA {name}').fetchone()[0]};")
            for line in database.iterdump():
                _write(line)
            for line in written(rows):
                _write(line)
            sys.stdout.buffer.flush()
    except (sqlite3.Error, OSError, Failed) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    return 0


def _refuse_virtual(database: sqlite3.Connection) -> None:
    """Of these the text names what SQLite does not take back."""
    found = database.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'").fetchone()
    if found:
        raise Failed(f"has the virtual table {found[0]}, which no text can give back; copy the volume as files")


def _tables(database: sqlite3.Connection) -> list[str]:
    asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
    return [name for (name,) in database.execute(asked)]


def _counted(database: sqlite3.Connection) -> tuple[dict[str, int], int]:
    """The rows of each table, and how many of all hold what SQLite's own `quote` writes wrong."""
    rows, odd = {}, 0
    for table in _tables(database):
        columns = [each[1] for each in database.execute(f"PRAGMA table_info({_name(table)})")]
        wrong = " OR ".join(map(_odd, columns))
        asked = f"SELECT count(*), coalesce(sum({wrong}), 0) FROM {_name(table)}"  # noqa: S608  names of its own
        rows[" ".join(table.split())], found = database.execute(asked).fetchone()
        odd += found
    return rows, odd


def _odd(column: str) -> str:
    """Text with a NUL, of which `quote` leaves out the rest, or a number without an end."""
    name = _name(column)
    wrong = f"WHEN 'text' THEN instr({name}, char(0)) > 0 WHEN 'real' THEN abs({name}) = 9e999"
    return f"(CASE typeof({name}) {wrong} END IS 1)"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(value: object) -> str:
    """What `quote` should write."""
    if isinstance(value, str):
        return f"CAST(X'{value.encode().hex()}' AS TEXT)" if "\0" in value else "'" + value.replace("'", "''") + "'"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, float) and abs(value) == float("inf"):
        return "9e999" if value > 0 else "-9e999"
    return "NULL" if value is None else repr(value)


def load(text: Iterable[bytes], path: Path, *, counted: bool = True) -> int:
    """Make the database from that text; how many rows it has. Failed if it had others, or SQLite's own check fails.

    `counted`: whether the text says how many there were, as all do that this version writes.
    """
    modes: list[str] = []
    comments: list[str] = []
    try:
        with closing(sqlite3.connect(str(path))) as database:
            database.isolation_level = None
            database.execute("PRAGMA journal_mode=OFF")
            database.execute("PRAGMA synchronous=OFF")
            for statement in _statements(text):
                if statement.startswith(COMMENT):
                    comments.append(statement)
                elif statement.startswith("PRAGMA journal_mode="):
                    modes.append(statement)
                else:
                    database.execute(statement)
            rows = read(comments)
            if database.in_transaction or (counted and rows is None):
                raise Failed(f"{path.name}: its text is cut off; take another backup")
            _check(database, path.name, rows)
            for statement in modes:
                database.execute(statement)
    except sqlite3.Error as error:
        raise Failed(f"{path.name}: its text cannot be read back ({error}); take another backup") from None
    return sum((rows or {}).values())


def _check(database: sqlite3.Connection, name: str, rows: dict[str, int] | None) -> None:
    found = database.execute("PRAGMA quick_check").fetchone()[0]
    if found == "ok" and rows is not None:
        found = difference(rows, _counted(database)[0]) or "ok"
    if found != "ok":
        raise Failed(f"{name}: {found}; take another backup")


def _statements(text: Iterable[bytes]) -> Iterable[str]:
    """Whole statements; one may have many lines, and a line that ends in a semicolon may be the middle of a value."""
    waiting: list[str] = []
    for line in text:
        if not waiting and line.startswith(COMMENT.encode()):
            yield line.decode("utf-8", "replace")
            continue
        waiting.append(line.decode("utf-8", "replace"))
        if line.rstrip().endswith(b";") and sqlite3.complete_statement("".join(waiting)):
            yield "".join(waiting)
            waiting = []
    if "".join(waiting).strip():
        raise Failed("the database's text is cut off; take another backup")


def _write(line: str) -> None:
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
