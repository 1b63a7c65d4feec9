"""What the tables of a database are like, as a few digits: another number after a rollout, and it has migrated them."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..backup.database import AS_ITSELF

if TYPE_CHECKING:
    from pathlib import Path

    from ..docker import Docker

WAIT = 5
"""Seconds that a lock of the service's is waited for."""
COLUMNS = f"""{AS_ITSELF}; exec psql -X -q -A -t -v ON_ERROR_STOP=1 -c "
SELECT table_schema, table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3" """  # noqa: S608  no word of it comes from outside


def of_postgres(docker: Docker, container: str) -> str:
    """Of the database in that container; empty if it cannot be asked."""
    answer = docker.call("exec", container, "sh", "-c", COLUMNS)
    return "" if answer.code else _digits(answer.out)


def of_sqlite(path: Path) -> str:
    """Of the database in that file; empty if there is none, or it cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=WAIT)) as database:
            found = database.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
    except sqlite3.Error:
        return ""
    return _digits(repr(found))


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
