"""A database beside the one that serves, in the same PostgreSQL, and how the two change names: both or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..backup import database
from ..backup.database import AS_ITSELF
from ..errors import Failed
from ..text import last

if TYPE_CHECKING:
    from ..docker import Docker

BESIDE = 'PGDATABASE="${PGDATABASE}_rollback"'
LOAD = database.LOAD.replace(f"{AS_ITSELF};", f"{AS_ITSELF}; {BESIDE};", 1)
COUNT = database.COUNT.replace(f"{AS_ITSELF};", f"{AS_ITSELF}; {BESIDE};", 1)
DROP = rf"""{AS_ITSELF}
exec psql -X -q -d postgres -v ON_ERROR_STOP=1 -v name="$PGDATABASE$1" <<'SQL'
SET client_min_messages = error;
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
SQL
"""
MAKE = rf"""{AS_ITSELF}
exec psql -X -q -d postgres -v ON_ERROR_STOP=1 -v name="$PGDATABASE$1" <<'SQL'
SET client_min_messages = error;
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
CREATE DATABASE :"name";
SQL
"""
NAME = "_rollback"
"""What its name ends in."""
RENAME = rf"""{AS_ITSELF}
has() {{ psql -X -A -t -d postgres -v ON_ERROR_STOP=1 -c "SELECT count(*) FROM pg_database WHERE datname = '$1'"; }}
from=$PGDATABASE$1 aside=$PGDATABASE$2
[ "$(has "$from")" = 1 ] || exit 0
[ "$(has "$aside")" = 0 ] || exit 0
exec psql -X -q -d postgres -v ON_ERROR_STOP=1 -v from="$from" -v aside="$aside" -v own="$PGDATABASE" <<'SQL'
SET client_min_messages = error;
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname IN (:'own', :'from') \g /dev/null
BEGIN;
ALTER DATABASE :"own" RENAME TO :"aside";
ALTER DATABASE :"from" RENAME TO :"own";
COMMIT;
SQL
"""  # noqa: S608  names go in as psql's variables
"""Once that is done it does nothing, so that it can be begun again."""


def make(docker: Docker, container: str) -> None:
    """Make an empty one beside it."""
    _run(docker, container, MAKE, NAME)


def drop(docker: Docker, container: str) -> None:
    """Remove the one beside it, if there is one."""
    _run(docker, container, DROP, NAME)


def take_place(docker: Docker, container: str, stamp: str) -> None:
    """The one beside it serves; what served is kept under another name."""
    _run(docker, container, RENAME, NAME, aside(stamp))


def give_back(docker: Docker, container: str, stamp: str) -> None:
    """And back."""
    _run(docker, container, RENAME, aside(stamp), NAME)


def drop_aside(docker: Docker, container: str, stamp: str) -> None:
    """Remove the one that was kept."""
    _run(docker, container, DROP, aside(stamp))


def aside(stamp: str) -> str:
    """What the name of one that is kept ends in."""
    return f"_before_{stamp}"


def _run(docker: Docker, container: str, script: str, *arguments: str) -> None:
    answer = docker.call("exec", container, "sh", "-c", script, "sh", *arguments)
    if answer.code:
        raise Failed(f"DATA: the database beside the one that serves: {last(answer.err) or answer.code}")
