"""Words of a stack file that have another name now. They are read as before, for one version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.topology.service import ORDERS_BEFORE
from config.values.errors import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def renamed(raw: Mapping[str, Any]) -> Iterator[str]:
    """A line for each such word in a stack file that is right otherwise."""
    for name, entry in (raw.get("services") or {}).items():
        order = ((entry or {}).get("rollout") or {}).get("order")
        if order in ORDERS_BEFORE:
            key = dotted(["services", name, "rollout", "order"])
            yield f"{key}: {order} is called {ORDERS_BEFORE[order]} now; write that, the next version reads it alone"
