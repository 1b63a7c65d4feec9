"""PostgreSQL: its dump, and one of the service's own image without a network, filled from a dump or for making one."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ..errors import Failed
from ..names import CARRIER
from ..text import last
from .rows import END, ROWS, difference, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..docker import Docker
    from .request import Part
    from .workplace import Workplace

STARTS = 300
"""Seconds: it makes the database first."""
ENDS = "60"
MEMORY = "1g"
"""At most, of the one that takes or gives a dump: what serves on the same server goes on."""
SCRATCH = "drill"
"""Folder of what a drill puts together, below the workplace's."""
CHUNK, ENDING = 1 << 20, 4
"""Bytes of a dump that are taken at once, and how many such are looked at for its last lines."""
PASSWORD = "/smarter-net-password"  # noqa: S105 - a path
AS_ITSELF = 'PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB; '
AS_ITSELF += "export PGPASSWORD PGUSER PGDATABASE"
"""In the database's own container: its version, its socket. The password stays in there."""
LOAD = f"{AS_ITSELF}; exec psql -X -q -v ON_ERROR_STOP=1 -1 -o /dev/null"
ROWS_OF_EACH = rf"""
SELECT format('SELECT ''{ROWS}'' || count(*) || '' '' || %L FROM %I.%I',
  regexp_replace(schemaname || '.' || tablename, '\s+', ' ', 'g'), schemaname, tablename)
FROM pg_tables WHERE schemaname <> 'information_schema' AND schemaname NOT LIKE 'pg\_%' \gexec
\echo '{END}'
"""  # noqa: S608  no word of it comes from outside
COUNT = f"{AS_ITSELF}; exec psql -X -q -A -t -v ON_ERROR_STOP=1 <<'SQL'{ROWS_OF_EACH}SQL\n"
DUMP = rf"""{AS_ITSELF}
exec 3>&1
exec psql -X -q -A -t -v ON_ERROR_STOP=1 <<'SQL'
SET idle_in_transaction_session_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump --no-owner --snapshot="$SNAPSHOT" >&3 || kill $PPID{ROWS_OF_EACH}SQL
"""
"""The dump, and behind it the rows of the same moment. One that fails ends all of it, with what it said as the last."""


def filled(part: Part, folder: Path, text: subprocess.Popen[bytes], workplace: Workplace, *, counted: bool) -> int:
    """Make the data directory of a database with the content of that dump; how many rows it has.

    Failed unless all of it was taken, and they are as many as there were. `text`: restic, which prints the dump.
    `counted`: whether the dump says how many there were.
    """
    docker, scratch = workplace.docker, workplace.scratch
    with alone(part, folder, workplace.request.stack, docker, scratch) as container:
        said, end = load_into(container, text, scratch, LOAD)
        text.wait()
        if said:
            raise Failed(f"its dump cannot be loaded: {said}")
        if text.returncode:
            raise Failed("its dump cannot be read from the repository; take another backup")
        had = read(end)
        if counted and had is None:
            raise Failed("its dump is cut off; take another backup")
        wrong = difference(had, count_in(container, docker, COUNT)) if had is not None else ""
        if wrong:
            raise Failed(f"{wrong}; take another backup")
        _stop(container, docker)
    return sum((had or {}).values())


@contextmanager
def stopped(part: Part, folder: Path, stack: str, docker: Docker, scratch: Path) -> Iterator[str]:
    """The id of a container that serves the data of a service that was stopped, for the time of its dump."""
    with alone(part, folder, stack, docker, scratch) as container:
        yield container
        _stop(container, docker)


@contextmanager
def alone(part: Part, folder: Path, stack: str, docker: Docker, scratch: Path) -> Iterator[str]:
    """The id of a container of its image that serves, without a network, on that data directory; made if empty."""
    password = scratch / f"{part.service}.password"
    # Its folder is for root alone; in the container another user reads it.
    password.write_text(part.password, encoding="utf-8")
    password.chmod(0o644)
    environment = {**part.environment, "POSTGRES_PASSWORD_FILE": PASSWORD}
    options = [
        *(word for name, value in environment.items() for word in ("--env", f"{name}={value}")),
        "--label", f"{CARRIER}={_carrier(stack, part.service)}",
        "--volume", f"{folder}:{part.path}", "--volume", f"{password}:{PASSWORD}:ro",
        "--network", "none", "--init", "--memory", MEMORY,
    ]  # fmt: skip
    container = docker.must("run", "--detach", *options, part.image).split()[-1]
    try:
        _wait(part, container, docker)
        yield container
    finally:
        docker.call("rm", "--force", "--volumes", container)


def sweep(stack: str, service: str, docker: Docker) -> None:
    """Remove what a killed command has left running, so that no two of them have the same data."""
    left = docker.must("ps", "--all", "--quiet", "--filter", f"label={CARRIER}={_carrier(stack, service)}").split()
    if left:
        docker.call("stop", "-t", ENDS, *left)
        docker.must("rm", "--force", "--volumes", *left)


def clear(workplace: Workplace) -> None:
    """Remove what a killed backup, drill or restore of the stack has left. Under their lock."""
    shutil.rmtree(workplace.folder / SCRATCH, ignore_errors=True)
    stack, docker = workplace.request.stack, workplace.docker
    shown = docker.must("ps", "--all", "--filter", f"label={CARRIER}", "--format", f'{{{{.Label "{CARRIER}"}}}}')
    for carrier in sorted(set(shown.split())):
        if carrier.startswith(_carrier(stack, "")):
            sweep(stack, carrier[len(_carrier(stack, "")) :], docker)


def _carrier(stack: str, service: str) -> str:
    return f"{stack}.{service}"


def _stop(container: str, docker: Docker) -> None:
    docker.must("stop", "-t", ENDS, container)
    found = docker.find(container)
    if found is None or found.exit_code:
        raise Failed("the database did not end well; run the same command again")


def _wait(part: Part, container: str, docker: Docker) -> None:
    deadline = time.monotonic() + STARTS
    while docker.call("exec", container, *part.health).code:
        found = docker.find(container)
        if found is None or not found.running or time.monotonic() > deadline:
            raise Failed(f"no database starts to take its dump: {last(docker.logs(container))}")
        time.sleep(0.5)


def load_into(
    container: str, text: subprocess.Popen[bytes], scratch: Path, script: str
) -> tuple[str, list[str]]:  # fmt: skip
    """Why psql did not take it, empty if it did; and the last lines of the text. `script`: what starts psql."""
    end: deque[bytes] = deque(maxlen=ENDING)
    assert text.stdout  # noqa: S101  for the type checker
    with (scratch / "psql.said").open("w+b") as complaint, subprocess.Popen(
        ["docker", "exec", "-i", container, "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=complaint,
    ) as psql:  # fmt: skip
        assert psql.stdin  # noqa: S101
        with suppress(BrokenPipeError):
            while chunk := text.stdout.read(CHUNK):
                end.append(chunk)
                psql.stdin.write(chunk)
        with suppress(BrokenPipeError):
            psql.stdin.close()
        # Else restic would wait for a reader that is gone.
        text.stdout.close()
        psql.wait()
        complaint.seek(0)
        said = complaint.read().decode("utf-8", "replace")
    lines = b"".join(end).decode("utf-8", "replace").splitlines()
    return (last(said) or f"psql ended with {psql.returncode}") if psql.returncode else "", lines


def count_in(container: str, docker: Docker, script: str) -> dict[str, int]:
    """Rows by table, as `script` counts them."""
    answer = docker.call("exec", container, "sh", "-c", script)
    rows = read(answer.out.splitlines())
    if answer.code or rows is None:
        raise Failed(f"its rows cannot be counted: {last(answer.err)}")
    return rows
