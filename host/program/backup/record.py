"""A line of the history, in the form of a rollout's, so that `make history` shows it beside them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..history import append
from .listing import SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .workplace import Workplace


def record(
    workplace: Workplace, what: str, *, made: str, began: float, parts: Sequence[dict[str, Any]], why: str,
    held: float = 0,
) -> None:  # fmt: skip
    """Append it. `what`: `backup` or `drill`. `made`: the backup's id. `began`: of the monotonic clock.

    `why`: it failed; empty if it did not. `held`: seconds that a service stood still.
    """
    append(workplace.place.root, {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "by": workplace.request.by,
        "service": what,
        "release": made[:SHORT],
        "previous": "",
        "image": "",
        "order": "",
        "outcome": "failed" if why else "ok",
        "seconds": round(time.monotonic() - began),
        "held": round(held),
        "settings": {},
        "why": why,
        "parts": list(parts),
    })  # fmt: skip
