"""`make restart`: a service gets a new container with the same settings, by its own rollout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from operate.commands.up import up
from operate.engine.container_changes import SAME
from operate.plan import besides
from operate.stack import refuse_idle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operate.engine.container_changes import Change
    from operate.stack import Stack


def restart(stack: Stack, service: str, *, yes: bool) -> int:
    """Recreate a service's container in the order that its rollouts have."""
    refuse_idle(service, stack)
    return up(stack, yes=yes, again=service, remarks=partial(others, service))


def others(service: str, changed: Sequence[Change]) -> list[str]:
    """One line if the plan changes more than that."""
    return besides(service, [each.subject for each in changed if (each.subject, each.what) != (service, SAME)])
