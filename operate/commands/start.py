"""`make start`: a service that `make stop` has stopped runs again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operate.commands.stop import written

if TYPE_CHECKING:
    from operate.stack import Stack


def start(stack: Stack, service: str, *, yes: bool) -> int:
    """Take `stopped: true` out of a service's entry of the stack file, and bring it up."""
    return written(stack, service, stopped=False, yes=yes)
