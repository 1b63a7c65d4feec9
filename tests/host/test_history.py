"""Which release a rollback leads to, from the host's history alone."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from host.history import last_hold, read, releases
from operate.stackfile import with_service


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


STACK_FILE = """\
# the operator's own words
config:
  smarter-net:services:
    n8n: {memory: 1GiB} # why
    metabase: {memory: 3GiB}
"""


def test_a_stack_file_keeps_its_comments_and_its_order() -> None:
    text = with_service(STACK_FILE, "n8n", {"memory": "2GiB"})
    assert text.startswith("# the operator's own words\n")
    assert text.index("n8n") < text.index("metabase: {memory: 3GiB}")
    assert "2GiB" in text


def test_an_empty_entry_stays_for_without_it_the_service_would_go() -> None:
    text = with_service(with_service(STACK_FILE, "n8n", {}), "metabase", {})
    assert yaml.safe_load(text)["config"]["smarter-net:services"] == {"n8n": {}, "metabase": {}}
