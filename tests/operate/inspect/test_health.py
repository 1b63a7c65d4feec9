"""What `make status` says of a service that does not serve what was asked for."""

from __future__ import annotations

import pytest

from operate.inspect.health import Condition, behind
from tests.config.stacks import topology

FAILED = {"release": "bbbbbbb", "outcome": "failed", "when": "2026-11-23T12:00:00Z"}


def lines(stack: str, service: str, release: str, *records: dict[str, str], failure: str | None = None) -> list[str]:
    found = [Condition(service, "healthy", release=release)]
    return behind(topology(stack), found, [{"service": service, **record} for record in records], lambda: failure)


def test_the_release_that_was_asked_for_needs_no_word() -> None:
    release = topology("dev").service("smarteros-blogbowl").release
    assert not lines("dev", "smarteros-blogbowl", release, FAILED | {"release": release, "outcome": "ok"})


@pytest.mark.parametrize(
    ("records", "why"), [((), "`make up` brings it"), ((FAILED,), "failed at 2026-11-23 12:00:00")]
)
def test_another_release_is_told_and_why(records: tuple[dict[str, str], ...], why: str) -> None:
    (line,) = lines("dev", "smarteros-blogbowl", "aaaaaaa", *records)
    assert line.startswith("smarteros-blogbowl: release aaaaaaa serves, the stack file asks for ")
    assert why in line


def test_a_run_that_failed_before_the_rollout_is_not_recommended() -> None:
    (line,) = lines("dev", "smarteros-blogbowl", "aaaaaaa", failure="2026-11-23 12:00:00")
    assert line.endswith("; the last run failed at 2026-11-23 12:00:00 UTC, before it came to it")
    assert "make up" not in line


def test_of_a_service_with_secrets_only_a_failed_rollout_is_told() -> None:
    assert topology("prod").service("n8n").secrets
    assert not lines("prod", "n8n", "aaaaaaa")
    assert lines("prod", "n8n", "aaaaaaa", FAILED) == [
        "n8n: release aaaaaaa serves; the rollout of bbbbbbb failed at 2026-11-23 12:00:00 UTC"
    ]
