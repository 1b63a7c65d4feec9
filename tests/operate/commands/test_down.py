"""`make down`: the real engine takes down what its state has; the data is named and stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk, Resource

KIND = "smarter-net:index:Host"
COMPONENT: Resource = {"urn": f"urn:pulumi:dev::smarter-net::{KIND}::host", "type": KIND}


def test_the_state_is_empty_afterwards_and_the_data_is_named(desk: Desk) -> None:
    desk.state([COMPONENT])
    desk.world["volumes"] = [{"Name": "smarter-net-n8n"}, {"Name": "smarter-net-letsencrypt"}]
    ended = desk.run("down", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "The data is kept: volumes smarter-net-n8n, smarter-net-letsencrypt. `make delete-data`" in ended.stdout
    assert "pulumi stack rm" not in ended.stdout
    assert not desk.recorded()
    assert not desk.changes


def test_where_there_is_no_data_none_is_spoken_of(desk: Desk) -> None:
    ended = desk.run("down", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "The data is kept" not in ended.stdout


def test_another_server_that_the_state_knows_is_not_left_behind(desk: Desk) -> None:
    desk.server("203.0.113.10")
    before = desk.recorded()
    line = desk.refused("down", "--yes")
    assert line.startswith("error: host.address: the stack is on 203.0.113.10 so far; ")
    assert line.endswith("`make forget SERVER=203.0.113.10`")
    assert desk.recorded() == before


def test_a_daemon_that_does_not_answer_stops_it(desk: Desk) -> None:
    desk.state([COMPONENT])
    desk.world["down"] = True
    assert desk.refused("down", "--yes").startswith("error: docker: no daemon answers")
    assert desk.recorded() == [KIND]
