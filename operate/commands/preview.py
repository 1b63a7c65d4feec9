"""`make preview`: what `up` would do. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operate.plan import announce, examine, plan
from operate.prepare import prepare

if TYPE_CHECKING:
    from operate.stack import Stack


def preview(stack: Stack, *, diff: bool) -> int:
    """Show what `up` would do. Nothing is changed."""
    engine, daemon = prepare(stack)
    repair = examine(stack, engine, daemon)
    announce([reason.offered() for reason in repair.reasons])
    return plan(stack, engine, repair, *(["--diff"] if diff else [])).code
