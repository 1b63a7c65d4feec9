"""`make shell`: a shell in a service's container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.inside.session import attached
from operate.inspect.current import current, with_a_shell

if TYPE_CHECKING:
    from operate.stack import Stack

BEST = "if command -v bash >/dev/null 2>&1; then exec bash; fi; exec sh"


def shell(stack: Stack, service: str) -> int:
    """Open a shell as the container's own user; the shell's exit code. What was begun in it ends with it."""
    daemon, container = current(stack, service)
    with_a_shell(daemon, service, container)
    return attached(daemon.machine, container.id, ["sh", "-c", BEST])
