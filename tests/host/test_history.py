"""Which release a rollback leads to, from the host's history alone."""

from __future__ import annotations

from typing import Any

import pytest

from host.history import last_hold, read, releases


def record(release: str, *, service: str = "n8n", outcome: str = "ok", held: int = 0) -> dict[str, Any]:
    return {"service": service, "release": release, "outcome": outcome, "held": held, "previous": "before"}


@pytest.mark.parametrize(
    ("rolled_out", "standing"),
    [
        ("", ""),
        ("a", "a"),
        ("abc", "abc"),
        ("abcb", "ab"),
        ("abcba", "a"),
        ("abcbd", "abd"),
        ("aab", "ab"),
        ("abac", "ac"),
    ],
)
def test_going_back_takes_the_present_release_off(rolled_out: str, standing: str) -> None:
    assert "".join(found["release"] for found in releases(map(record, rolled_out), "n8n")) == standing


def test_a_failed_rollout_and_another_service_do_not_count() -> None:
    history = [record("a"), record("b", outcome="failed"), record("c", service="metabase")]
    assert [found["release"] for found in releases(history, "n8n")] == ["a"]


def test_the_expected_hold_is_the_last_one() -> None:
    assert last_hold([record("a", held=4), record("b", held=7)], "n8n") == 7
    assert last_hold([], "n8n") is None


def test_a_line_that_a_crash_cut_off_is_left_out() -> None:
    assert read({"history.jsonl": '{"service":"n8n"}\n{"service":"n'}) == [{"service": "n8n"}]
