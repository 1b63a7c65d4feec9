"""`make shell`: which container it is in, and what is said where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

IN_ONE = pytest.mark.parametrize("command", [["shell"], ["run", "--command", "ls"]], ids=["shell", "run"])


@IN_ONE
def test_it_is_in_the_newest_that_runs_and_its_exit_code_passes(desk: Desk, command: list[str]) -> None:
    desk.container("n8n", "old", created="2026-11-24")
    desk.container("n8n", "new", created="2026-11-25")
    desk.container("n8n", "last", created="2026-11-26", Running=False)
    desk.world |= {"serving": True, "ends": 3}
    ended = desk.run(*command, "n8n")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "", "")
    (asked,) = [words for words in desk.asked if "--env" in words]
    assert asked[:3] == ["exec", "--interactive", "--env"]
    assert asked[4:7] == ["new", "sh", "-c"]


@IN_ONE
@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("n9n", "SERVICE=n9n: there is no such service; known are caddy-proxy, "),
        ("nexa-runtime", "SERVICE=nexa-runtime: is only planned; set `enabled: true` in services.nexa-runtime first"),
    ],
)
def test_what_does_not_run_is_one_line_before_docker_is_asked(
    desk: Desk, command: list[str], service: str, said: str
) -> None:
    assert desk.refused_at_once(*command, service).startswith(f"error: {said}")


@IN_ONE
def test_a_service_that_is_stopped_says_what_starts_it(desk: Desk, command: list[str]) -> None:
    desk.project.change("n8n", stopped=True)
    assert desk.refused(*command, "n8n") == "error: SERVICE=n8n: is stopped; `make start SERVICE=n8n` starts it"


@IN_ONE
def test_no_container_to_be_in_is_one_line(desk: Desk, command: list[str]) -> None:
    assert desk.refused(*command, "n8n") == "error: n8n: has no container; `make up` makes it"
    desk.container("n8n", Running=False)
    assert "n8n: its container does not run; `make logs SERVICE=n8n` shows why" in desk.refused(*command, "n8n")
    desk.world["containers"].clear()
    desk.container("n8n", Paused=True)
    assert desk.refused(*command, "n8n") == "error: n8n: its container is paused; `make up` lets it go on"


@IN_ONE
def test_an_image_without_a_shell_is_one_line(desk: Desk, command: list[str]) -> None:
    desk.container("n8n")
    assert desk.refused(*command, "n8n").startswith("error: n8n: there is no shell in its image; ")


def test_with_a_wrong_stack_file_the_host_says_which_there_are(desk: Desk) -> None:
    desk.container("n8n")
    desk.world |= {"serving": True, "ends": 0}
    desk.wrong_stack_file()
    assert desk.run("shell", "n8n").returncode == 0
    assert desk.run("shell", "metabase").stderr.splitlines()[-1].endswith("no such service; known are n8n")
