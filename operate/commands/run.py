"""`make run`: one command in a service's container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.errors import OperatorError
from host.inside.session import attached
from operate.inspect.current import current, with_a_shell

if TYPE_CHECKING:
    from operate.stack import Stack


def run(stack: Stack, service: str, command: str) -> int:
    """Run a line of shell as the container's own user; its exit code. What it has begun ends with it."""
    if not command.strip():
        raise OperatorError(f"COMMAND: is empty; make run SERVICE={service} COMMAND='ls -l'")
    daemon, container = current(stack, service)
    with_a_shell(daemon, service, container)
    return attached(daemon.machine, container.id, ["sh", "-c", command])
