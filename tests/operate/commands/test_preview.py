"""`make preview`: the engine's plan, told before anything is changed, and nothing changed by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


@pytest.mark.parametrize(("option", "passed"), [((), False), (("--diff",), True)])
def test_a_difference_is_shown_where_it_is_asked_for(desk: Desk, option: tuple[str, ...], passed: bool) -> None:  # noqa: FBT001 - a table
    ended = desk.run("preview", *option)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "dev: nothing to change.\n"
    (asked,) = desk.previewed
    assert ("--diff" in asked.split()) is passed
    assert not desk.changes


def test_as_json_it_is_one_document(desk: Desk) -> None:
    desk.container("n8n", Running=False)
    ended = desk.run("preview", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "stack": "dev", "empty": False, "changes": [], "visitors": [], "closed": [],
        "repairs": ["container n8n-c1: made by a run that was cut short; would be removed"],
    }  # fmt: skip
    assert not desk.changes
    desk.preview_ends_with(7)
    ended = desk.run("preview", "--json")
    assert (ended.returncode, ended.stdout) == (7, "")


def test_what_a_run_would_put_right_is_offered_and_left(desk: Desk) -> None:
    desk.container("n8n", Running=False)
    ended = desk.run("preview")
    assert ended.stdout.splitlines() == [
        "• container n8n-c1: made by a run that was cut short; would be removed", "dev: nothing else to change.",
    ]  # fmt: skip
    assert not desk.changes


def test_it_ends_as_the_engine_does(desk: Desk) -> None:
    desk.preview_ends_with(7)
    ended = desk.run("preview")
    assert ended.returncode == 7
    assert "nothing to change" not in ended.stdout


def test_what_runs_and_no_state_knows_stops_it(desk: Desk) -> None:
    desk.container("n8n")
    assert desk.refused("preview").startswith("error: dev: 1 of its containers run on the host, and the engine's state")
    assert not desk.previewed


def test_a_wrong_stack_file_stops_it_before_docker_is_asked(desk: Desk) -> None:
    desk.wrong_stack_file()
    assert "sits: " in desk.refused("preview")
    assert not desk.asked


def test_a_daemon_that_does_not_answer_stops_it(desk: Desk) -> None:
    desk.world["down"] = True
    assert desk.refused("preview").startswith("error: docker: no daemon answers; start it")
    assert not desk.previewed


def test_an_old_word_of_the_stack_file_is_read_and_named(desk: Desk) -> None:
    desk.project.change("n8n", rollout={"order": "stop-first"})
    ended = desk.run("preview")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[0] == (
        "Pulumi.dev.yaml: services.n8n.rollout.order: stop-first is called recreate now; "
        "write that, the next version reads it alone"
    )
