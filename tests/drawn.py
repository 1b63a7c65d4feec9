"""Which of the long tests run: some by chance in each run, all of them with `make test EVERY=1`.

    @pytest.mark.drawn(4)
    @pytest.mark.parametrize("moment", moments())
    def test_killed_at(moment): …                 four of its cases

    pytestmark = pytest.mark.drawn(6, "ctrl-c")   six of the tests that say so, by themselves or for their module
    pytestmark = pytest.mark.drawn(3, "servers", whole=True)      three of the modules that say so

A test that is named, as `pytest tests/engine/rollout/test_killed.py`, is not drawn from: without `make`, all run.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


def left_out(items: Iterable[pytest.Item], seed: str) -> list[pytest.Item]:
    """The tests that do not run this time; the same ones for the same `seed`, in every process of a run."""
    groups: defaultdict[tuple[int, str], defaultdict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        mark = item.get_closest_marker("drawn")
        if mark is not None:
            count, among = (*mark.args, "")[:2]
            group = among or item.nodeid.partition("[")[0]
            unit = item.nodeid.partition("::")[0] if mark.kwargs.get("whole") else item.nodeid
            groups[count, group][unit].append(item)
    found = []
    for (count, group), units in sorted(groups.items()):
        chance = random.Random(f"{seed} {group}")
        kept = set(chance.sample(sorted(units), min(count, len(units))))
        found += [item for unit, those in units.items() if unit not in kept for item in those]
    return found
