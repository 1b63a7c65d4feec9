"""`make forget`: the real engine's state, without what was on a lost server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.names import CONTAINER, DOCKER_PROVIDER

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

LOST = "203.0.113.10"


def test_what_was_on_the_server_is_taken_out_of_the_state(desk: Desk) -> None:
    desk.server(LOST)
    assert desk.recorded() == [DOCKER_PROVIDER, CONTAINER]
    ended = desk.run("forget", LOST)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"dev: 2 resources on {LOST} forgotten; `make up` makes them again\n"
    assert not desk.recorded()
    assert not desk.changes


def test_a_server_that_the_state_does_not_know_is_one_line_with_those_it_knows(desk: Desk) -> None:
    desk.server(LOST)
    line = desk.refused("forget", "203.0.113.99")
    assert line.startswith(
        "error: SERVER=203.0.113.99: the state knows no such server besides the stack's own; known: "
    )
    assert LOST in line
    assert desk.recorded() == [DOCKER_PROVIDER, CONTAINER]


def test_an_empty_state_knows_none(desk: Desk) -> None:
    assert desk.refused("forget", "local").endswith("besides the stack's own; known: none")


def test_a_server_has_to_be_named(desk: Desk) -> None:
    ended = desk.run("forget")
    assert ended.returncode == 2
    assert "Missing argument" in ended.stderr
