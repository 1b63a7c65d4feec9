"""`make drift`: each difference is a line, and one is a failure; nothing is changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unittest import mock

from host.daemon import Daemon
from host.docker_objects import Container
from operate.commands.drift import strangers
from tests.config.stacks import topology

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


def test_a_host_as_it_was_deployed_is_a_line_and_zero(desk: Desk) -> None:
    ended = desk.run("drift")
    assert (ended.returncode, ended.stdout) == (0, "dev: as it was deployed.\n"), ended.stderr
    (asked,) = desk.previewed
    assert "--refresh" in asked.split()
    assert not desk.changes


def test_each_difference_is_a_line_and_left_as_it_is(desk: Desk) -> None:
    desk.container("n8n", Paused=True)
    desk.container("", "c2")
    stranger = desk.world["containers"][1]
    stranger["Config"]["Labels"] = None
    stranger["HostConfig"]["PortBindings"] = {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}
    stranger["NetworkSettings"]["Networks"] = {"smarter-net": {}}
    ended = desk.run("drift")
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout.splitlines() == [
        "• container n8n-c1: made by a run that was cut short; would be removed",
        "• container -c2: is on smarter-net, and no stack of ours made it",
        "• container -c2: publishes port 8080 to everybody",
        "dev: differs from what was deployed.",
    ]
    assert not desk.changes


def test_a_stranger_on_a_databases_own_network_is_a_line(desk: Desk) -> None:
    desk.container("", "c2")
    (stranger,) = desk.world["containers"]
    stranger["Config"]["Labels"] = None
    stranger["NetworkSettings"]["Networks"] = {"smarter-net-metabase-postgres": {}}
    daemon = mock.create_autospec(Daemon, instance=True)
    daemon.running.return_value = [Container.of(stranger)]
    assert list(strangers(topology("prod"), daemon)) == [
        "container -c2: is on smarter-net-metabase-postgres, and no stack of ours made it"
    ]


def test_a_plan_that_the_engine_cannot_make_is_no_clean_answer(desk: Desk) -> None:
    desk.preview_ends_with(7)
    ended = desk.run("drift")
    assert ended.returncode == 7
    assert "as it was deployed" not in ended.stdout


def test_a_stack_that_is_on_another_server_is_one_line(desk: Desk) -> None:
    desk.server("203.0.113.10")
    assert desk.refused("drift").startswith("error: host.address: the stack is on 203.0.113.10 so far; ")
    assert not desk.previewed


def test_as_json_it_is_one_document_and_the_exit_code_stays(desk: Desk) -> None:
    ended = desk.run("drift", "--json")
    nothing = {"stack": "dev", "differs": False, "differences": [], "plan": [], "stopped": []}
    assert (ended.returncode, json.loads(ended.stdout)) == (0, nothing), ended.stderr
    desk.container("n8n", Paused=True)
    desk.project.change("metabase", stopped=True)
    ended = desk.run("drift", "--json")
    assert (ended.returncode, json.loads(ended.stdout)) == (1, nothing | {
        "differs": True, "stopped": ["metabase"],
        "differences": ["container n8n-c1: made by a run that was cut short; would be removed"],
    })  # fmt: skip
    desk.preview_ends_with(7)
    ended = desk.run("drift", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["differs"]) == (7, None)


def test_as_json_what_else_is_said_is_beside_it(desk: Desk) -> None:
    desk.project.change("n8n", rollout={"order": "stop-first"})
    ended = desk.run("drift", "--json")
    assert json.loads(ended.stdout)["differs"] is False
    assert "rollout.order" in ended.stderr
