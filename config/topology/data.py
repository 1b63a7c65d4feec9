"""How the data in a volume is copied, so that the copy can be put back: one of four ways.

Figures and the reasons for each way: docs/decisions/0019-restic-and-dumps.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A PostgreSQL's data directory: `pg_dump` of the database that POSTGRES_DB names, while it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sqlite:
    """A folder with one SQLite database: its text as `sqlite3 .dump` has it, and the other files as `Files`."""

    file: str
    """Name of the database, in the volume's own folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files in two passes; what uses them is paused in the second, which reads what has changed since."""

    leave_out: tuple[str, ...] = ()
    """Paths below the volume that are not copied: what can be made again."""
    pause: bool = True
    """False where each file is renamed into place whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Not copied."""

    reason: str
    """Why it need not be, or cannot be."""


Copied = Postgres | Sqlite | Files | Nothing
