"""A stack file from before reads as it did, and says what its words are called now."""

from __future__ import annotations

import pytest

from config.stackfile.renamed import renamed
from config.stackfile.settings import Settings
from config.topology.service import Order
from tests.config.stacks import patched, raw


@pytest.mark.parametrize(("before", "now"), [("stop-first", Order.RECREATE), ("overlap", Order.ROLLING)])
def test_an_order_by_its_old_name(before: str, now: Order) -> None:
    settings = patched("prod", {"services/n8n/rollout": {"order": before}})
    assert Settings.parse(settings).services["n8n"].rollout.order is now
    (line,) = renamed(settings)
    assert line.startswith(f"services.n8n.rollout.order: {before} is called {now} now; ")
    assert not list(renamed(patched("prod", {"services/n8n/rollout": {"order": str(now)}})))


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_stack_files_of_the_project_have_todays_words(stack: str) -> None:
    assert not list(renamed(raw(stack)))
