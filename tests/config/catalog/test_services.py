from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.catalog.accessories import entries
from config.catalog.services import CATALOG, PROXY, STAND_IN
from config.checks.stack import LIMITS
from config.topology.service import Order, SecretTarget
from config.values.units import Capability, Duration, Memory

if TYPE_CHECKING:
    from config.catalog.entry import Entry

ENTRIES = pytest.mark.parametrize("entry", CATALOG.values(), ids=list(CATALOG))


@ENTRIES
def test_what_the_catalog_gives_would_pass_its_own_checks(entry: Entry) -> None:
    assert entry.memory >= entry.least_memory
    for name, (least, most, _) in LIMITS.items():
        assert Duration.parse(least) <= getattr(entry.rollout, name) <= Duration.parse(most)


@ENTRIES
def test_what_must_not_run_twice_never_does(entry: Entry) -> None:
    assert not entry.alone or entry.rollout.order is Order.RECREATE


@ENTRIES
def test_what_is_stopped_first_is_held_for_as_long_as_its_end_may_take(entry: Entry) -> None:
    if entry.rollout.order is Order.RECREATE:
        assert entry.rollout.hold > entry.rollout.stop


@ENTRIES
def test_a_health_command_asks_by_address(entry: Entry) -> None:
    assert entry.health.command
    assert any("127.0.0.1:{port}" in part for part in entry.health.command)


def test_n8n_gets_webhooks_once_they_are_registered_and_waits_for_no_telemetry() -> None:
    n8n = CATALOG["n8n"]
    assert n8n.health.liveness == n8n.health.readiness == "/healthz/readiness"
    assert n8n.environment["N8N_DIAGNOSTICS_ENABLED"] == "false"
    assert n8n.least_memory == Memory(640)


def test_what_others_call_is_public_and_what_the_operators_browser_opens_is_not() -> None:
    public = CATALOG["n8n"].public_paths
    assert {"/webhook", "/webhook-test", "/form", "/mcp", "/mcp-test"} <= set(public)
    assert not {"/form-test", "/rest", "/mcp-server", "/"} & set(public)


def test_nexa_reads_its_models_and_asks_for_a_key() -> None:
    nexa = CATALOG["nexa-runtime"]
    (models,) = nexa.volumes
    assert nexa.environment["LLAMA_ARG_MODELS_DIR"] == models.path
    assert [(need.variable, need.target) for need in nexa.secrets] == [("LLAMA_API_KEY", SecretTarget.ENVIRONMENT)]
    assert "/models" in nexa.private_paths


@pytest.mark.parametrize("entry", entries().values(), ids=list(entries()))
def test_what_becomes_another_user_can_be_told_to_stop(entry: Entry) -> None:
    """The init process stays root: without this right it dies of the signal that it cannot pass on."""
    assert Capability("SETUID") not in entry.capabilities or Capability("KILL") in entry.capabilities


def test_no_other_than_dokploy_commands_the_hosts_docker() -> None:
    sockets = [entry.name for entry in entries().values() if any("docker.sock" in v.name for v in entry.volumes)]
    assert sockets == ["dokploy"]


def test_proxy_and_stand_ins_keep_to_their_own_least() -> None:
    assert PROXY.memory >= PROXY.least_memory
    assert STAND_IN.memory >= STAND_IN.least_memory
