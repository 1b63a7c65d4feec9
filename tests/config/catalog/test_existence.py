"""A service exists in a stack where that stack's file names it, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config.catalog import services
from config.catalog.secrets import needs
from config.render.caddy import render
from config.stackfile.settings import Settings
from operate.commands.pin import images
from tests.config.stacks import REMOVED, STACKS, Patch, patched, topology

if TYPE_CHECKING:
    from config.topology.model import Topology

WITHOUT_METABASE: Patch = {"sites/2": REMOVED, "services/metabase": REMOVED, "services/metabase-postgres": REMOVED}
PLANNED: Patch = {"services/metabase": {"enabled": False}}


def test_what_is_not_named_is_nowhere() -> None:
    made = topology("prod", WITHOUT_METABASE)
    settings = Settings.parse(patched("prod", WITHOUT_METABASE))
    assert not [service.name for service in made.services if "metabase" in service.name]
    assert "metabase" not in render(made)
    assert not [need.name for need in needs(settings, ()) if "metabase" in need.name]
    assert not [path for path in images(settings) if "metabase" in str(path)]


def answering(made: Topology, service: str) -> dict[str, Any]:
    """The handler that answers for a service which does not run, in English."""
    routes = json.loads(render(made))["apps"]["http"]["servers"]["edge"]["named_routes"]
    handler: dict[str, Any] = routes[service]["handle"][0]["routes"][-1]["handle"][0]
    return handler


def test_what_is_planned_has_its_site_its_record_and_its_name_and_says_503() -> None:
    made = topology("prod", PLANNED)
    assert not made.service("metabase").enabled
    assert "kpi.smarterbot.cl" in [str(record.name) for record in made.records]
    planned = answering(made, "metabase")
    assert planned["status_code"] == 503


def test_what_is_stopped_keeps_all_but_its_container_and_says_503() -> None:
    before, made = topology("prod"), topology("prod", {"services/metabase/stopped": True})
    running = {service.name for service in before.running}
    assert {service.name for service in made.running} == running - {"metabase"}
    assert made.service("metabase").release == before.service("metabase").release
    assert made.records == before.records
    closed = answering(made, "metabase")
    assert (closed["status_code"], closed["headers"]["Retry-After"]) == (503, ["600"])
    assert "metabase" not in closed["body"]
    swarm = topology("prod", {"services/dokploy/stopped": True})
    assert swarm.swarm
    assert "dokploy-postgres" in {service.name for service in swarm.running}
    # A port of the host that comes and goes would replace the proxy.
    port = topology(
        "prod", {"services/smarteros-blogbowl/direct-port": 3002, "services/smarteros-blogbowl/stopped": True}
    )
    assert "direct-3002" in json.loads(render(port))["apps"]["http"]["servers"]


def test_an_accessory_goes_with_its_service() -> None:
    names = [service.name for service in topology("prod", WITHOUT_METABASE).services]
    assert "dokploy-postgres" in names
    assert "metabase-postgres" not in names


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("enabled", [True, False])
def test_a_new_entry_of_the_catalog_changes_no_stack(
    stack: str, monkeypatch: pytest.MonkeyPatch, *, enabled: bool
) -> None:
    before = topology(stack)
    monkeypatch.setitem(services.CATALOG, "new", replace(services.METABASE, name="new", enabled=enabled))
    assert topology(stack) == before
    assert render(topology(stack)) == render(before)
