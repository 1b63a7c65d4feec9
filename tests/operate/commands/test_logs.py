"""`make logs`: which container's log it is, and what is said where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


def shown(desk: Desk) -> list[str]:
    """The one `docker logs` that was run."""
    (command,) = [words for words in desk.asked if words[0] == "logs"]
    return command


def test_the_running_container_is_shown_before_a_newer_one_that_is_not(desk: Desk) -> None:
    desk.container("n8n", "old", created="2026-11-24")
    desk.container("n8n", "new", created="2026-11-25", Running=False)
    desk.container("metabase", "other", created="2026-11-26")
    ended = desk.run("logs", "n8n")
    assert (ended.returncode, ended.stdout) == (0, "the log of old\n")
    assert shown(desk) == ["logs", "--tail", "100", "old"]


def test_the_last_of_those_that_have_ended(desk: Desk) -> None:
    desk.container("n8n", "new", created="2026-11-25", Running=False)
    desk.container("n8n", "old", created="2026-11-24", Running=False)
    assert desk.run("logs", "n8n").stdout == "the log of new\n"


def test_following_and_the_number_of_lines_are_dockers(desk: Desk) -> None:
    desk.container("n8n")
    desk.world["logs"] = 3
    assert desk.run("logs", "n8n", "--follow", "--lines", "5").returncode == 3
    assert shown(desk) == ["logs", "--tail", "5", "--follow", "c1"]


def test_a_service_without_a_container_is_one_line(desk: Desk) -> None:
    assert desk.refused("logs", "n8n") == "error: n8n: has no container; `make up` makes it"


@pytest.mark.parametrize("name", ["n9n", ""])
def test_a_service_that_there_is_none_of_is_one_line_before_docker_is_asked(desk: Desk, name: str) -> None:
    line = desk.refused("logs", name)
    assert line.startswith(f"error: SERVICE={name}: there is no such service; known are caddy-proxy, ")
    assert not desk.asked


def test_with_a_wrong_stack_file_the_host_says_which_there_are(desk: Desk) -> None:
    desk.container("n8n")
    desk.wrong_stack_file()
    assert desk.run("logs", "n8n").stdout == "the log of c1\n"
    assert desk.run("logs", "metabase").stderr.splitlines()[-1].endswith("no such service; known are n8n")
