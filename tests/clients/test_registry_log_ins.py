"""What `make doctor` finds of the stack file's log-ins at registries, asked of one on this machine."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clients import registry as asking
from config.topology import registries
from host.errors import OperatorError
from operate.inspect.accounts import registries as look
from operate.inspect.finding import ADVICE, BAD, GOOD, Finding
from tests.config.stacks import topology
from tests.rig.internet.registry import PASSWORD, USER, Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.topology.model import Topology

SERVICES = ("here", "basic")
"""The ways in which a registry wants to know who asks."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Registry() as running:
        yield running


def asked(stack: Topology, host: str, password: str = PASSWORD) -> Finding:
    """What is found of the one registry of a stack."""
    named = replace(stack, registries=(registries.Registry(host=host, user=USER),))
    secrets = {named.registries[0].secret: password}
    (finding,) = look(named, secrets.__getitem__, "dev")
    assert finding.what == f"registry {host}"
    assert password not in f"{finding.seen} {finding.cure}"
    assert "\n" not in finding.seen + finding.cure
    assert bool(finding.cure) is (finding.verdict != GOOD)
    return finding


@pytest.mark.parametrize("service", SERVICES)
def test_a_right_log_in_is_good_and_nothing_is_asked_but_that(registry: Registry, service: str) -> None:
    registry.token_service = service
    finding = asked(topology("dev"), registry.host)
    assert (finding.verdict, finding.seen) == (GOOD, f"lets {USER} in")
    log_in = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
    assert registry.requests == [
        ("GET", "/v2/", ""),
        *([("GET", "/token?service=registry.test", log_in)] if service == "here" else []),
        ("GET", "/v2/", log_in if service == "basic" else "Bearer for-log-in"),
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_one_is_bad_and_has_its_cure(registry: Registry, service: str) -> None:
    registry.token_service = service
    finding = asked(topology("dev"), registry.host, "a-password-that-has-ended-4711")
    assert (finding.verdict, finding.seen) == (BAD, f"{registry.host} refuses it as unauthorised")
    secret = f"registry-127-0-0-1-{registry.port}"
    assert finding.cure.endswith(f"make secrets STACK=dev ROTATE={secret}")


def test_one_that_asks_nobody_is_not_said_to_be_right(registry: Registry) -> None:
    registry.token_service = None
    finding = asked(topology("dev"), registry.host)
    assert (finding.verdict, finding.seen) == (ADVICE, f"does not ask who {USER} is")


@pytest.mark.parametrize("trouble", ["busy", "broken", "silent"])
def test_what_may_pass_by_itself_is_not_bad(registry: Registry, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "TIMEOUT", 0.1)
    event = threading.Event()
    setattr(registry, trouble, event if trouble == "silent" else True)
    finding = asked(topology("dev"), registry.host)
    event.set()
    assert finding.verdict == ADVICE
    assert registry.host in finding.seen


def test_a_password_goes_to_nobody_over_plain_http(registry: Registry) -> None:
    registry.realm = "http://tokens.example/token"
    finding = asked(topology("dev"), registry.host)
    assert finding.seen == "tokens.example is to be asked over plain http"
    assert [sent for _, _, sent in registry.requests] == [""]


def test_a_registry_of_the_servers_own_is_not_looked_for_here(registry: Registry) -> None:
    finding = asked(topology("prod"), registry.host)
    assert (finding.verdict, finding.cure) == (ADVICE, "`make up` asks it")
    assert registry.requests == []


def test_a_secret_that_cannot_be_read_is_one_finding(registry: Registry) -> None:
    def locked(name: str) -> str:
        raise OperatorError(f"secret:{name}: incorrect passphrase")

    named = replace(topology("dev"), registries=(registries.Registry(host=registry.host, user=USER),))
    (finding,) = look(named, locked, "dev")
    assert (finding.verdict, finding.cure) == (BAD, f"secret:{named.registries[0].secret}: incorrect passphrase")
    assert registry.requests == []


def test_a_stack_without_private_images_asks_nobody() -> None:
    assert list(look(topology("prod"), str, "prod")) == []
