"""`make drill`: try on the host whether the newest backup could be put back; nothing that runs notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.errors import OperatorError
from operate import repository

if TYPE_CHECKING:
    from operate.stack import Stack


def drill(stack: Stack, *, at: str = "") -> int:
    """Put a backup together in scratch containers and count. `at`: its id; empty: the newest."""
    if stack.topology.backup is None:
        raise OperatorError(f"{stack.file.name} has no smarter-net:backup; say where to (docs/data.md)")
    repository.drill(stack, at or repository.LATEST)
    return 0
