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

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

WAIT = 60
"""Seconds that a lock of the service's is waited for."""


def dump(arguments: Sequence[str]) -> int:
    """Write the database at that path, the only argument, to the output."""
    path = arguments[0]
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=WAIT)) as database:
            database.isolation_level = None
            # Bytes that are no UTF-8 are no text; one of them must not keep all others from being copied.
            database.text_factory = lambda content: content.decode("utf-8", "replace")
            database.execute("BEGIN")
            version = database.execute("PRAGMA user_version").fetchone()[0]
            mode = database.execute("PRAGMA journal_mode").fetchone()[0]
            for line in (f"PRAGMA user_version={version};", f"PRAGMA journal_mode={mode};"):
                _write(line)
            for line in database.iterdump():
                _write(line)
            sys.stdout.buffer.flush()
    except (sqlite3.Error, OSError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    return 0


def load(text: Iterable[bytes], path: Path) -> None:
    """Make the database from that text; Failed if it does not pass SQLite's own check."""
    modes: list[str] = []
    try:
        with closing(sqlite3.connect(str(path))) as database:
            database.isolation_level = None
            database.execute("PRAGMA journal_mode=OFF")
            database.execute("PRAGMA synchronous=OFF")
            for statement in _statements(text):
                if statement.startswith("PRAGMA journal_mode="):
                    modes.append(statement)
                else:
                    database.execute(statement)
            if database.in_transaction:
                raise Failed(f"{path.name}: its text is cut off; take another backup")
            found = database.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise Failed(f"{path.name}: {found}; take another backup")
            for statement in modes:
                database.execute(statement)
    except sqlite3.Error as error:
        raise Failed(f"{path.name}: its text cannot be read back ({error}); take another backup") from None


def _statements(text: Iterable[bytes]) -> Iterable[str]:
    """Whole statements; one may have many lines, and a line that ends in a semicolon may be the middle of a value."""
    waiting: list[str] = []
    for line in text:
        waiting.append(line.decode("utf-8", "replace"))
        if line.rstrip().endswith(b";") and sqlite3.complete_statement("".join(waiting)):
            yield "".join(waiting)
            waiting = []
    if "".join(waiting).strip():
        raise Failed("the database's text is cut off; take another backup")


def _write(line: str) -> None:
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
