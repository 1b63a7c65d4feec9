"""A stack that stands, for the tests that change it or look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.rig.project import Project

SERVICES = ("smarteros-blogbowl", "n8n", "metabase", "nexa-runtime", "dokploy")
SIX = {"caddy-proxy", *SERVICES}


@pytest.fixture(scope="module")
def deployed(project: Project) -> Project:
    """The dev stack, up."""
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return project
