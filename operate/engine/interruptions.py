"""What an operator is told who interrupts a run: what is waited for, what goes on, and what is left in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.names import Role
from operate.engine import events
from operate.engine.watched import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JSON = dict[str, Any]

ROLLOUT = f"-{Role.ROLLOUT}"
AGAIN = {"destroy": "down"}
"""The target that goes on with what the engine calls otherwise."""


def waiting(found: list[JSON], time: int) -> str:
    """What is waited for, from the events so far; `time`: the how manieth interruption it is."""
    begun = events.under_way(found)
    names = _names(begun)
    if not names:
        return "Interrupted: the engine is asked to end."
    if time >= PATIENCE:
        return f"Not waiting any longer; `make up` looks what became of {names}."
    if time > 1:
        return f"Still waiting for {names}; one more ends the wait, and `make up` then looks what became of it."
    host = "; a rollout goes on on the host to its end" if any(name.endswith(ROLLOUT) for name in begun) else ""
    return f"Interrupted: nothing more is begun, waiting for {names}{host}."


def ended(found: list[JSON], arguments: Sequence[str]) -> str:
    """How an interrupted run ended; `arguments`: the engine's."""
    command = arguments[0]
    if command == "preview" or "--preview-only" in arguments:
        return "interrupted; nothing was changed"
    left = _names([*events.failed(found), *events.under_way(found)])
    what = f"{left} did not get to its end here" if left else "what had begun was brought to its end"
    return f"interrupted; {what}; `make {AGAIN.get(command, 'up')}` does the rest"


def _names(resources: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name.removesuffix(ROLLOUT) for name in resources))
