"""`make status`: the tables, what is wrong below them, and the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

SERVICES = ("caddy-proxy", "smarteros-blogbowl", "n8n", "metabase", "nexa-runtime", "dokploy")


def row(output: str, service: str) -> list[str]:
    """The service's line of the first table."""
    return next(line.split() for line in output.splitlines() if line.split()[:1] == [service])


def test_all_that_serves_is_healthy(desk: Desk) -> None:
    for number, service in enumerate(SERVICES):
        desk.container(service, f"c{number}", Health={"Status": "healthy"})
    desk.world["serving"] = True
    ended = desk.run("status")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [row(ended.stdout, service)[3] for service in SERVICES] == ["healthy"] * len(SERVICES)
    assert not desk.changes


def test_what_is_missing_stopped_or_silent_is_said_and_is_a_failure(desk: Desk) -> None:
    desk.container("n8n")
    desk.container("metabase", "c2", Running=False)
    desk.container("dokploy", "c3", Paused=True)
    ended = desk.run("status")
    assert ended.returncode == 1
    assert [row(ended.stdout, service)[3] for service in SERVICES] == [
        "missing", "missing", "unhealthy", "stopped", "missing", "paused",
    ]  # fmt: skip
    assert "n8n: GET /healthz/readiness fails\n" in ended.stdout


def test_with_a_wrong_stack_file_it_shows_what_docker_knows(desk: Desk) -> None:
    desk.container("n8n", Health={"Status": "healthy"})
    desk.wrong_stack_file()
    ended = desk.run("status")
    assert ended.returncode == 1
    assert "sits: " in ended.stderr
    assert row(ended.stdout, "n8n")[1:4] == ["n8n-c1", "abc1234", "healthy"]
    assert "dev: sites" not in ended.stdout


@pytest.mark.parametrize(
    "line", ["  smarter-net:images: stand-in", "\tsmarter-net:x: 1", "  smarter-net:x: [1", "x: {"]
)
def test_a_file_that_is_no_yaml_hides_no_container(desk: Desk, line: str) -> None:
    desk.container("n8n", Health={"Status": "healthy"})
    path = desk.project.folder / "Pulumi.dev.yaml"
    path.write_text(f"{path.read_text()}\n{line}\n")
    ended = desk.run("status")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert row(ended.stdout, "n8n")[1:4] == ["n8n-c1", "abc1234", "healthy"]


def test_a_stack_that_there_is_no_file_of_is_one_line(desk: Desk) -> None:
    desk.project.stack = "prd"
    assert desk.refused("status") == "error: STACK=prd: there is no Pulumi.prd.yaml; known are dev"


def test_as_json_it_is_one_document_and_the_exit_code_stays(desk: Desk) -> None:
    for number, service in enumerate(SERVICES):
        desk.container(service, f"c{number}", Health={"Status": "healthy"})
    desk.world["serving"] = True
    ended = desk.run("status", "--json")
    shown = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert list(shown) == ["stack", "fine", "services", "sites", "behind", "backups", "mistakes"]
    assert (shown["stack"], shown["fine"], shown["mistakes"]) == ("dev", True, [])
    assert shown["services"][2] == {
        "service": "n8n", "health": "healthy", "container": "n8n-c2", "image": "n8n:1", "release": "abc1234",
        "detail": None,
    }  # fmt: skip
    assert shown["sites"][0] == {
        "host": "mkt.smarterbot.localhost", "url": "https://mkt.smarterbot.localhost:28443",
        "service": "smarteros-blogbowl", "redirect_to": None, "health": "healthy", "maintenance": False,
        "certificate_days": None,
    }  # fmt: skip

    desk.world["containers"].pop()
    desk.project.change("metabase", stopped=True)
    ended = desk.run("status", "--json")
    shown = json.loads(ended.stdout)
    assert (ended.returncode, shown["fine"]) == (1, False)
    assert [each["health"] for each in shown["services"]][-3:] == ["off", "healthy", "missing"]
    assert shown["services"][-1]["container"] is None


def test_as_json_a_wrong_stack_file_is_in_it_with_what_docker_knows(desk: Desk) -> None:
    desk.container("n8n", Health={"Status": "healthy"})
    desk.wrong_stack_file()
    ended = desk.run("status", "--json")
    shown = json.loads(ended.stdout)
    assert (ended.returncode, shown["fine"], shown["sites"]) == (1, False, [])
    assert [each["service"] for each in shown["services"]] == ["n8n"]
    (mistake,) = shown["mistakes"]
    assert "sits: " in mistake
    assert "sits: " in ended.stderr


def test_as_json_what_cannot_be_looked_at_is_a_line_and_no_document(desk: Desk) -> None:
    desk.world["down"] = True
    ended = desk.run("status", "--json")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: docker: ")
