"""The firewall stands before anything that it is in front of."""

from __future__ import annotations

import pytest

from host.names import COMMAND, CONTAINER, NETWORK
from tests.components.recording import Recording, Registration, record
from tests.config.stacks import VALUES, patched, raw

SERVICES = ("smarteros-blogbowl", "n8n", "metabase", "dokploy")


@pytest.fixture(scope="module")
def prod() -> Recording:
    return record("prod", raw("prod"), VALUES)


def waits_for(recording: Recording, found: Registration) -> set[str]:
    """Names of all that has to be done before, directly or not."""
    known = {each.name: each for each in recording.registrations}
    names: set[str] = set()
    left = [found]
    while left:
        request = left.pop().request
        urns = {*request.dependencies, *(urn for of in request.propertyDependencies.values() for urn in of.urns)}
        new = {urn.rsplit("::", 1)[1] for urn in urns} - names
        names |= new
        left += [known[name] for name in new]
    return names


def test_no_port_is_published_and_no_service_changes_before_the_ruleset_is_loaded(prod: Recording) -> None:
    assert "firewall-ruleset" in waits_for(prod, prod.of(CONTAINER)["caddy-proxy"])
    assert "firewall-ruleset" in waits_for(prod, prod.of(COMMAND)["caddy-proxy-config"])
    for service in SERVICES:
        assert "firewall-ruleset" in waits_for(prod, prod.of(COMMAND)[f"{service}-rollout"])


def test_the_ruleset_waits_for_nothing_but_the_host(prod: Recording) -> None:
    before = waits_for(prod, prod.of(COMMAND)["firewall-ruleset"])
    assert "host-scripts" in before
    assert all(name.startswith("host") for name in before)


def test_another_ruleset_changes_nothing_else(prod: Recording) -> None:
    other = record("prod", patched("prod", {"firewall/ssh-from": ["198.51.100.0/24"]}), VALUES)
    changed = [
        name
        for type_ in (COMMAND, CONTAINER, NETWORK)
        for name, found in prod.of(type_).items()
        if found.inputs != other.of(type_)[name].inputs
    ]
    assert changed == ["firewall-ruleset"]


def test_a_stack_on_this_machine_has_no_firewall() -> None:
    dev = record("dev", raw("dev"))
    assert not [found.name for found in dev.registrations if "firewall" in found.name]
    assert not [name for name in waits_for(dev, dev.of(CONTAINER)["caddy-proxy"]) if "firewall" in name]
