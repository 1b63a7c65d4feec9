"""A stack's backups in its repository: what is asked of the program on the host, with the secrets that it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from config.topology.backup import PASSWORD, S3_KEY_ID, S3_SECRET
from config.topology.model import SshHost
from host import backups
from host.environment import environment
from host.errors import OperatorError
from host.run import last_line
from host.ssh import SSH_FAILED, unreachable
from operate.engine.pulumi import Engine
from operate.prepare import reach
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.daemon import Daemon
    from operate.stack import Stack

LATEST = "latest"


def backup(stack: Stack, *, make: bool) -> int:
    """Make a backup now, on the stack's host. `make`: and the repository, where there is none."""
    daemon = reach(stack)
    if daemon.bare:
        raise OperatorError(f"{stack.name}: the host has no volume of it; there is nothing to copy")
    document = _document(stack, make=make, files={stack.file.name: stack.file.read_text(encoding="utf-8")})
    # A database that was stopped is started for its dump alone.
    _give_passwords(stack, document, [spec.name for spec in stack.topology.enabled if spec.stopped])
    _ask(stack, daemon, "backup", document)
    for volume, reason in backups.left_out(stack.topology):
        console.print(f"not in it: {volume}: {reason}", soft_wrap=True, markup=False)
    return 0


def listed(stack: Stack) -> list[dict[str, Any]]:
    """The backups that there are, the oldest first: id, when (UTC), services, bytes, added."""
    said = _ask(stack, reach(stack), "backups", _document(stack), show=False)
    try:
        found: list[dict[str, Any]] = json.loads(said[-1])
    except (ValueError, IndexError):
        raise OperatorError("backups: the host's answer was cut off; run the same command again") from None
    return found


def restore(stack: Stack, daemon: Daemon, at: str, services: list[str], *, overwrite: bool) -> None:
    """Put volumes back from a backup. `services`: whose; empty: all."""
    document = _document(stack, at=at, services=services, overwrite=overwrite)
    _give_passwords(stack, document, services or [part["service"] for part in document["parts"]])
    _ask(stack, daemon, "restore", document)


def drill(stack: Stack, at: str) -> None:
    """Put a backup together on the host, beside what runs, and count what is in it."""
    document = _document(stack, at=at)
    _give_passwords(stack, document, [part["service"] for part in document["parts"]])
    _ask(stack, reach(stack), "drill", document)


def _give_passwords(stack: Stack, document: dict[str, Any], services: Sequence[str]) -> None:
    """Those that PostgreSQL is made or started with."""
    engine = Engine(stack)
    for part in document["parts"]:
        secret = backups.password_of(stack.topology, part["service"]) if part["way"] == "postgres" else None
        if secret and part["service"] in services:
            part["password"] = engine.secret(secret)


def _document(stack: Stack, **more: object) -> dict[str, Any]:
    document = backups.document(stack.topology, by=stack.environment["SMARTER_NET_BY"], **more)
    engine = Engine(stack)
    engine.open()
    document["password"] = engine.secret(PASSWORD)
    if stack.topology.backup and stack.topology.backup.s3:
        document |= {"s3_key_id": engine.secret(S3_KEY_ID), "s3_secret": engine.secret(S3_SECRET)}
    return document


def _ask(stack: Stack, daemon: Daemon, command: str, document: dict[str, Any], *, show: bool = True) -> list[str]:
    """Run a command of the program on the host; what it said, and OperatorError with its own last line if it fails.

    The document goes over standard input: a command line can be seen by all.
    """
    host = stack.host
    python = "python3" if isinstance(host, SshHost) else sys.executable
    program = backups.send(daemon.machine, stack.root, python)
    said: list[str] = []
    with subprocess.Popen(
        daemon.machine.argv([*program, command]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(),
    ) as asked:  # fmt: skip
        try:
            assert asked.stdin  # noqa: S101  for the type checker
            assert asked.stdout  # noqa: S101
            assert asked.stderr  # noqa: S101
            # A connection that broke says so by its exit code.
            with suppress(BrokenPipeError):
                asked.stdin.write(json.dumps(document))
            with suppress(BrokenPipeError):
                asked.stdin.close()
            for line in asked.stdout:
                said.append(line.rstrip("\n"))
                if show:
                    console.print(said[-1], soft_wrap=True, markup=False)
            complaint = asked.stderr.read()
        except BaseException:
            asked.terminate()
            raise
    if asked.returncode and isinstance(host, SshHost) and asked.returncode == SSH_FAILED:
        raise OperatorError(f"{command}: the connection broke, and the host goes on; {unreachable(host, complaint)}")
    if asked.returncode:
        raise OperatorError(last_line(complaint, f"{command}: ended without a word; run it again"))
    return said
