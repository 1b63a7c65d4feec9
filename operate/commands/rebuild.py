"""`make rebuild`: a server that was lost, on the one that the stack file names now: its data, and all that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.errors import OperatorError
from operate.commands.forget import forget
from operate.commands.restore import restore
from operate.commands.up import up
from operate.inspect.elsewhere import elsewhere
from operate.prepare import prepare, reach
from operate.repository import LATEST
from operate.stack import Stack
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def rebuild(stack: Stack, lost: str, *, at: str = "", yes: bool) -> int:
    """Forget the lost server, put a backup back on an empty one, and bring it up; each step that is done is left out.

    `lost`: the lost server's address; empty once it is forgotten. `at`: the backup's id; empty: the newest.
    """
    if stack.topology.backup is None or not isinstance(stack.topology.host, SshHost):
        raise OperatorError(f"{stack.file.name}: rebuild is for a server with smarter-net:backup (docs/data.md)")
    engine, daemon = prepare(stack, images=False)
    _refuse_doubt(lost, elsewhere(engine.state(), stack.topology.host, daemon), stack)
    if not daemon.bare and daemon.containers():
        raise OperatorError(f"{stack.name}: runs on {stack.topology.host.address} already; `make up` brings it up")
    if lost:
        forget(stack, lost)
    # A new one: what was looked up before is not true any more.
    empty = Stack(stack.name, stack.folder)
    restore(empty, "", confirm="", at=at or LATEST)
    if reach(empty).bare:
        raise OperatorError(f"docker: cannot be reached on {stack.topology.host.address}; run the same command again")
    console.print(f"{stack.name}: its data is back; bringing it up")
    return up(empty, yes=yes)


def _refuse_doubt(lost: str, known: AbstractSet[str], stack: Stack) -> None:
    """Which server is lost is the operator's to say: one that still runs must not run twice."""
    if lost and lost not in known:
        others = ", ".join(sorted(known)) or "none; leave SERVER out"
        raise OperatorError(f"SERVER={lost}: the state knows no such server besides the stack's own; known: {others}")
    if known and not lost:
        address = min(known)
        raise OperatorError(
            f"SERVER: the stack is on {address} so far; if that server is lost, "
            f"`make rebuild STACK={stack.name} SERVER={address}`"
        )
