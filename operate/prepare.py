"""Everything that can be wrong before a run, checked before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement

from config.topology import SshHost
from images import ensure
from images.parts import ImageError
from operate.daemon import Daemon
from operate.engine import Engine
from operate.errors import OperatorError
from operate.machine import Machine

if TYPE_CHECKING:
    from rich.table import Table

    from operate.stack import Stack

console = Console(highlight=False)
WIDEST = 400
"""No table needs more columns than that."""


def show(table: Table) -> None:
    """Print a table whole: a line that is longer than the terminal is wide can still be copied."""
    whole = Measurement.get(console, console.options.update(width=WIDEST), table).maximum
    Console(width=whole, highlight=False).print(table)


def prepare(stack: Stack, *, images: bool = True) -> tuple[Engine, Daemon]:
    """The engine and the daemon of a stack; OperatorError if one of them cannot be used now."""
    stack.topology  # noqa: B018  a wrong stack file ends here
    stack.environment  # noqa: B018  so does a passphrase that protects nothing
    daemon = reach(stack)
    if images and any(spec.stand_in for spec in stack.topology.services):
        try:
            ensure()
        except ImageError as error:
            raise OperatorError(str(error)) from error
    engine = Engine(stack)
    locks = engine.locks()
    if any(not lock.stale for lock in locks):
        holder = next(lock.holder for lock in locks if not lock.stale)
        raise OperatorError(
            f"{stack.name}: another run is under way ({holder}); wait for its end and try again, "
            f"or, if that machine is gone, run `pulumi cancel --stack {stack.name}`"
        )
    if locks:
        console.print(f"{stack.name}: the lock of {locks[0].holder} is stale, that process is gone; removed")
        engine.cancel()
    engine.select()
    return engine, daemon


def reach(stack: Stack) -> Daemon:
    """The stack's daemon, which answers; OperatorError if it does not."""
    host = stack.topology.host
    daemon = Daemon(stack.name, Machine(host))
    if daemon.reachable():
        return daemon
    if not isinstance(host, SshHost):
        raise OperatorError("docker: no daemon answers; start it, or point DOCKER_HOST at one that runs")
    if daemon.installed():
        raise OperatorError(
            f"docker: the daemon on {host.address} does not answer {host.user}; start it there "
            "(`systemctl start docker`), or add the user to the group docker"
        )
    daemon.bare = True
    return daemon
