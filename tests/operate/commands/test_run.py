"""`make run`: the line that is run. Where it is run and what is refused: test_shell.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


def test_the_line_is_handed_to_the_containers_shell_as_it_is(desk: Desk) -> None:
    desk.container("n8n")
    desk.world["serving"] = True
    line = "echo \"$HOME\" '*' | cat"
    assert desk.run("run", "n8n", "--command", line).returncode == 0
    (asked,) = [words for words in desk.asked if "--env" in words]
    assert asked[5:] == ["sh", "-c", line]


def test_an_empty_one_is_one_line(desk: Desk) -> None:
    assert desk.refused_at_once("run", "n8n").startswith("error: COMMAND: is empty; make run SERVICE=n8n COMMAND=")
