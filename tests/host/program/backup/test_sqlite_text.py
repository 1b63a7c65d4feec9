"""A SQLite database as text and back, while another program writes to it."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from host.program.backup.sqlite_text import load
from host.program.errors import Failed

if TYPE_CHECKING:
    from pathlib import Path

ODD = ["it's", "two\nlines;", "-- no comment", "CREATE TABLE x (y);\n", "", "ñ ☃", "tail;\n;"]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """As n8n has its own: a write-ahead log, keys that count up, an index, a trigger, a view."""
    path = tmp_path / "database.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript("""
            PRAGMA journal_mode=WAL;
            PRAGMA user_version=7;
            CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT, blob BLOB, number REAL, empty TEXT);
            CREATE TABLE "odd name" ("a b" TEXT REFERENCES run (id));
            CREATE INDEX by_data ON run (data);
            CREATE VIEW newest AS SELECT max(id) FROM run;
            CREATE TRIGGER counted AFTER INSERT ON run BEGIN INSERT INTO "odd name" VALUES (new.id); END;
        """)
        rows = [(text, bytes(range(256)), 0.1 + number) for number, text in enumerate(ODD)]
        made.executemany("INSERT INTO run (data, blob, number) VALUES (?, ?, ?)", rows)
        made.execute("DELETE FROM run WHERE id = (SELECT max(id) FROM run)")
        made.commit()
    return path


def text(path: Path) -> subprocess.CompletedProcess[bytes]:
    program = f"import sys; from host.program.backup.sqlite_text import dump; sys.exit(dump([{str(path)!r}]))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)


def content(path: Path) -> dict[str, object]:
    with closing(sqlite3.connect(path)) as database:
        asked = {
            "run": "SELECT * FROM run ORDER BY id", "odd": 'SELECT * FROM "odd name"', "newest": "SELECT * FROM newest",
            "made of": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
            "version": "PRAGMA user_version", "mode": "PRAGMA journal_mode",
            "sequence": "SELECT * FROM sqlite_sequence",
        }  # fmt: skip
        return {name: database.execute(statement).fetchall() for name, statement in asked.items()}


def test_what_comes_back_is_what_was_there(database: Path, tmp_path: Path) -> None:
    dumped = text(database)
    assert dumped.returncode == 0, dumped.stderr
    back = tmp_path / "back.sqlite"
    load(dumped.stdout.splitlines(keepends=True), back)
    assert content(back) == content(database)
    assert content(back)["mode"] == [("wal",)]


def test_one_moment_is_dumped_while_another_program_writes(database: Path, tmp_path: Path) -> None:
    over, begun = threading.Event(), threading.Event()
    with closing(sqlite3.connect(database)) as made:
        made.executemany("INSERT INTO run (data) VALUES (hex(randomblob(?)))", [(2000,)] * 3000)
        made.commit()

    def write() -> None:
        with closing(sqlite3.connect(database, timeout=20)) as own:
            while not over.is_set():
                own.execute("INSERT INTO run (data) VALUES (hex(randomblob(2000)))")
                own.commit()
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        dumped = text(database)
    finally:
        over.set()
        writer.join()
    back = tmp_path / "back.sqlite"
    load(dumped.stdout.splitlines(keepends=True), back)
    with closing(sqlite3.connect(back)) as made:
        # The trigger's rows and the rows that it is for are of one transaction.
        alone = made.execute('SELECT * FROM run WHERE id NOT IN (SELECT "a b" FROM "odd name")').fetchall()
    assert alone == []


@pytest.mark.parametrize("left", [1, 3, 4])
def test_one_without_its_last_lines_is_refused(database: Path, tmp_path: Path, left: int) -> None:
    lines = text(database).stdout.splitlines(keepends=True)
    assert lines[-4] == b"COMMIT;\n"
    with pytest.raises(Failed, match="its text is cut off"):
        load(lines[:-left], tmp_path / "back.sqlite")


def test_one_that_lacks_a_row_is_refused(database: Path, tmp_path: Path) -> None:
    lines = text(database).stdout.splitlines(keepends=True)
    lines.remove(next(line for line in lines if line.startswith(b'INSERT INTO "odd name"')))
    with pytest.raises(Failed, match=r"table odd name has \d rows, and had \d when it was dumped"):
        load(lines, tmp_path / "back.sqlite")


def test_an_older_text_that_counts_nothing_is_taken(database: Path, tmp_path: Path) -> None:
    lines = text(database).stdout.splitlines(keepends=True)
    assert load(lines, tmp_path / "new.sqlite") > len(ODD)
    assert load(lines[:-3], tmp_path / "back.sqlite", counted=False) == 0
    assert content(tmp_path / "back.sqlite") == content(database)


def test_text_with_a_nul_and_numbers_without_an_end_come_back(database: Path, tmp_path: Path) -> None:
    """SQLite's own `quote` leaves out what is behind a NUL, and writes a word for the numbers that no reader takes."""
    odd = [("before\0it's behind", b"\0b", math.inf, 7), ("\0", None, -math.inf, 0.1)]
    with closing(sqlite3.connect(database)) as made:
        made.executemany("INSERT INTO run (data, blob, number, empty) VALUES (?, ?, ?, ?)", odd)
        made.execute("PRAGMA application_id=4711")
        made.commit()
    dumped = text(database)
    back = tmp_path / "back.sqlite"
    load(dumped.stdout.splitlines(keepends=True), back)
    assert content(back) == content(database)
    with closing(sqlite3.connect(back)) as made:
        assert made.execute("PRAGMA application_id").fetchone() == (4711,)


def test_a_virtual_table_is_refused_at_the_dump(database: Path) -> None:
    with closing(sqlite3.connect(database)) as made:
        made.execute("CREATE VIRTUAL TABLE found USING fts5(word)")
        made.commit()
    dumped = text(database)
    assert (dumped.returncode, dumped.stdout) == (1, b"")
    assert "has the virtual table found, which no text can give back" in dumped.stderr.decode()


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_text_that_was_cut_off_is_refused(database: Path, tmp_path: Path, part: float) -> None:
    lines = text(database).stdout
    with pytest.raises(Failed, match="take another backup"):
        load(lines[: int(len(lines) * part)].splitlines(keepends=True), tmp_path / "back.sqlite")


def test_what_is_no_database_fails_so_that_restic_makes_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    ended = text(tmp_path / "torn")
    assert ended.returncode == 1
    assert ended.stderr.decode().startswith(f"{tmp_path}/torn: ")
