"""A stack that stands, for the tests that change it or look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rig.visitors.browser import silent
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.project import Project

SERVICES = ("smarteros-blogbowl", "n8n", "metabase", "nexa-runtime", "dokploy")
SIX = {"caddy-proxy", *SERVICES}
SITES = [f"{name}.smarterbot.localhost" for name in ("mkt", "api", "kpi", "ai", "dash")]


@pytest.fixture(scope="module")
def deployed(project: Project) -> Project:
    """The dev stack, up."""
    project.bring_up()
    until(lambda: not silent(SITES), "each site has its certificate")
    return project
