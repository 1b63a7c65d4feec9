"""A PostgreSQL of the service's own image on an empty folder, without a network, filled from a dump."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from ..errors import Failed
from ..names import CARRIER
from ..text import last

if TYPE_CHECKING:
    from pathlib import Path

    from ..docker import Docker
    from .request import Part

STARTS = 300
"""Seconds: it makes the database first."""
ENDS = "60"
PASSWORD = "/smarter-net-password"  # noqa: S105 - a path
LOAD = (
    'PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")'
    ' exec psql -q -v ON_ERROR_STOP=1 -1 -o /dev/null -U "$POSTGRES_USER" -d "$POSTGRES_DB"'
)


def filled(part: Part, folder: Path, text: subprocess.Popen[bytes], docker: Docker, scratch: Path) -> None:
    """Make the data directory of a database with the content of that dump; Failed unless all of it was taken.

    `text`: restic, which prints the dump.
    """
    password = scratch / f"{part.service}.password"
    # Its folder is for root alone; in the container another user reads it.
    password.write_text(part.password, encoding="utf-8")
    password.chmod(0o644)
    environment = {**part.environment, "POSTGRES_PASSWORD_FILE": PASSWORD}
    options = [
        *(word for name, value in environment.items() for word in ("--env", f"{name}={value}")),
        "--label", f"{CARRIER}={part.service}",
        "--volume", f"{folder}:{part.path}", "--volume", f"{password}:{PASSWORD}:ro",
        "--network", "none", "--init",
    ]  # fmt: skip
    container = docker.must("run", "--detach", *options, part.image).split()[-1]
    try:
        _wait(part, container, docker)
        said = _load(container, text)
        # Else restic would wait for a reader that is gone.
        assert text.stdout  # noqa: S101  for the type checker
        text.stdout.close()
        text.wait()
        if said:
            raise Failed(f"{part.service}: its dump cannot be loaded: {said}")
        if text.returncode:
            raise Failed(f"{part.service}: its dump cannot be read from the repository; take another backup")
        docker.must("stop", "-t", ENDS, container)
        found = docker.find(container)
        if found is None or found.exit_code:
            raise Failed(f"{part.service}: the database did not end well after its dump was loaded; run it again")
    finally:
        docker.call("rm", "--force", "--volumes", container)


def _wait(part: Part, container: str, docker: Docker) -> None:
    deadline = time.monotonic() + STARTS
    while docker.call("exec", container, *part.health).code:
        found = docker.find(container)
        if found is None or not found.running or time.monotonic() > deadline:
            raise Failed(f"{part.service}: no database starts to take its dump: {last(docker.logs(container))}")
        time.sleep(0.5)


def _load(container: str, text: subprocess.Popen[bytes]) -> str:
    """Why psql did not take it; empty if it did."""
    done = subprocess.run(
        ["docker", "exec", "-i", container, "sh", "-c", LOAD], stdin=text.stdout, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    said = done.stderr.decode("utf-8", "replace")
    return (last(said) or f"psql ended with {done.returncode}") if done.returncode else ""
