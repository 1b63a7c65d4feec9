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


@pytest.mark.parametrize("name", ["n9n", "", "n8n,", "metabase,n9n"])
def test_a_service_that_there_is_none_of_is_one_line_before_docker_is_asked(desk: Desk, name: str) -> None:
    line = desk.refused("logs", name)
    assert line.startswith(
        f"error: SERVICE={name.rpartition(',')[2]}: there is no such service; known are caddy-proxy, "
    )
    assert not desk.asked


def test_with_a_wrong_stack_file_the_host_says_which_there_are(desk: Desk) -> None:
    desk.container("n8n")
    desk.wrong_stack_file()
    assert desk.run("logs", "n8n").stdout == "the log of c1\n"
    assert desk.run("logs", "metabase").stderr.splitlines()[-1].endswith("no such service; known are n8n")


def test_since_a_time_and_with_a_word_no_line_is_cut_off(desk: Desk) -> None:
    desk.container("n8n")
    for options, asked in (
        (["--since", "10m"], ["--tail", "all", "--since", "10m"]),
        (["--since", "2026-11-27T05:00:00Z", "--lines", "7"], ["--tail", "7", "--since", "2026-11-27T05:00:00Z"]),
        (["--grep", "log"], ["--tail", "all"]),
    ):
        assert desk.run("logs", "n8n", *options).stdout == "the log of c1\n"
        assert desk.asked[-1] == ["logs", *asked, "c1"]


def test_only_the_lines_that_match_are_shown_those_of_its_errors_too(desk: Desk) -> None:
    desk.container("n8n")
    desk.world["logged"] = "fine\nan error: 12\nerrors\nerror: 3"
    desk.world["logged_errors"] = "error: 4\n"
    ended = desk.run("logs", "n8n", "--grep", r"error: \d$")
    assert sorted(ended.stdout.splitlines()) == ["error: 3", "error: 4"]


def test_several_services_are_shown_at_once_each_line_behind_its_name(desk: Desk) -> None:
    desk.container("n8n", "c1")
    desk.container("metabase", "c2")
    desk.world["logs"] = 3
    ended = desk.run("logs", "n8n, metabase,n8n", "--lines", "5")
    assert sorted(ended.stdout.splitlines()) == ["metabase | the log of c2", "n8n      | the log of c1"]
    assert ended.returncode == 3
    assert "SERVICE" not in ended.stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--since", "yesterday", "SINCE=yesterday: is no time; write 90s, 10m, 2h, "),
        ("--lines", "-5", "LINES=-5: is no number of lines; write 500, or all"),
        ("--grep", "(", "GREP=(: is no regular expression (missing ), unterminated subpattern at position 0); put a "),
    ],
)
def test_what_is_wrong_with_it_is_one_line(desk: Desk, option: str, value: str, said: str) -> None:
    assert desk.refused("logs", "n8n", f"{option}={value}").startswith(f"error: {said}")
    assert not desk.asked
