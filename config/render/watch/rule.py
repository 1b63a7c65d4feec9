"""One of Prometheus's rules."""

from __future__ import annotations

from typing import Any


def rule(name: str, expression: str, since: str, summary: str, help_: str) -> dict[str, Any]:
    """What is told when an expression has held for so long. `help_`: the command that helps."""
    return {"alert": name, "expr": expression, "for": since, "annotations": {"summary": summary, "help": help_}}
