"""`make logs`: a service's log, as Docker keeps it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from host.environment import environment
from host.errors import Interrupted, OperatorError
from operate.prepare import reach, tell_mistakes
from operate.stack import refuse_unknown

if TYPE_CHECKING:
    from operate.stack import Stack


def logs(stack: Stack, service: str, *, follow: bool, lines: int) -> int:
    """Show the log of a service's running container, or of its last one."""
    wrong = tell_mistakes(stack)
    if not wrong:
        refuse_unknown(service, stack.names)
    daemon = reach(stack)
    if wrong:
        refuse_unknown(service, sorted({found.service for found in daemon.containers()}))
    own = daemon.containers_of(service)
    if not own:
        raise OperatorError(f"{service}: has no container; `make up` makes it")
    command = ["docker", "logs", "--tail", str(lines), *(["--follow"] if follow else []), own[-1].id]
    try:
        return subprocess.run(daemon.machine.argv(command), check=False, env=environment()).returncode
    except Interrupted:
        # How one stops following.
        return 0
