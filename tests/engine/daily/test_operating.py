"""`make status`, `logs`, `down`, `delete-data` and the list of all of them, as an operator types them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SERVICES, SIX
from tests.rig.project import HTTPS_PORT, REPOSITORY
from tests.rig.terminal import Terminal
from tests.rig.visitors.browser import visits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

API = "api.smarterbot.localhost"


def test_up_ends_with_a_table_of_sites_and_their_health(project: Project) -> None:
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    table = result.stdout.rsplit("dev: sites", 1)[1]
    rows = [line.split() for line in table.splitlines() if "smarterbot.localhost" in line]
    assert [row[2] for row in rows] == list(SERVICES)
    assert {row[3] for row in rows} == {"healthy"}
    assert {row[1] for row in rows} == {f"https://{row[0]}:{HTTPS_PORT}" for row in rows}
    assert all(row[4].startswith("standin:") for row in rows)


def test_status_is_zero_when_all_is_well(deployed: Project) -> None:
    result = deployed.operate("status")
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("healthy") == len(SIX) + len(SERVICES)


def line_of(output: str, service: str) -> str:
    return next(line for line in output.splitlines() if line.split()[:1] == [service])


HARM = {
    "paused": ("pause", "unpause"),
    "unhealthy": ("network disconnect --force smarter-net", "network connect smarter-net"),
    "stopped": ("stop", "start"),
}


@pytest.mark.parametrize("health", HARM)
def test_status_is_not_zero_when_a_service_is(deployed: Project, dockerd: Dockerd, health: str) -> None:
    copy = dockerd.copy("n8n")
    harm, cure = HARM[health]
    dockerd.docker(*harm.split(), copy)
    try:
        result = deployed.operate("status")
    finally:
        dockerd.docker(*cure.split(), copy)
    assert result.returncode != 0
    assert health in line_of(result.stdout, "n8n")
    assert "healthy" in line_of(result.stdout, "metabase")


def test_status_sees_that_the_proxy_points_elsewhere(deployed: Project) -> None:
    release = deployed.root / "proxy" / "releases" / "n8n"
    kept = release.read_text()
    release.write_text("127.0.0.1:9")
    try:
        result = deployed.operate("status")
    finally:
        release.write_text(kept)
    assert result.returncode != 0
    assert "unhealthy" in line_of(result.stdout, "n8n")
    assert "n8n: the proxy does not reach it" in result.stdout


def test_status_asks_the_host_and_not_the_state(deployed: Project, dockerd: Dockerd) -> None:
    dockerd.docker("rm", "--force", dockerd.copy("n8n"))
    result = deployed.operate("status")
    assert result.returncode != 0
    assert "missing" in line_of(result.stdout, "n8n")
    assert deployed.operate("up").returncode == 0


def test_logs_shows_what_a_service_says(deployed: Project) -> None:
    result = deployed.operate("logs", "n8n")
    assert result.returncode == 0
    assert "listening on port 5678" in result.stdout


def test_logs_of_a_service_that_does_not_exist_is_one_line(deployed: Project) -> None:
    result = deployed.operate("logs", "n8")
    assert result.returncode == 1
    assert result.stderr.startswith("error: SERVICE=n8: there is no such service; known are caddy-proxy, ")


def test_history_of_a_service_that_does_not_exist_is_one_line(deployed: Project) -> None:
    assert deployed.operate("history", "--service", "n8n").returncode == 0
    result = deployed.operate("history", "--service", "foo")
    assert result.returncode == 1
    assert result.stderr.startswith("error: SERVICE=foo: there is no such service; known are caddy-proxy, ")


def test_status_does_not_recommend_the_up_that_has_just_failed(deployed: Project) -> None:
    kept = deployed.read()["config"]
    deployed.change("smarteros-blogbowl", image="registry.invalid/blogbowl:9.9.9")
    try:
        assert deployed.operate("up").returncode
        result = deployed.operate("status")
    finally:
        deployed.write(kept)
    line = next(line for line in result.stdout.splitlines() if line.startswith("smarteros-blogbowl: release "))
    assert "; the last run failed at 20" in line
    assert "make up" not in line
    deployed.bring_up()


@pytest.mark.parametrize("command", ["down", "up"])
def test_at_a_terminal_one_is_asked_and_no_is_no(deployed: Project, dockerd: Dockerd, command: str) -> None:
    before = [found["Id"] for found in dockerd.containers()]
    dockerd.docker("pause", dockerd.copy("n8n"))
    line = [sys.executable, "-m", "operate", command]
    terminal = Terminal(line, folder=deployed.folder, environment=deployed.environment)
    try:
        terminal.until("yes/no: ")
        terminal.type(b"no\n")
        terminal.until("Nothing was changed.")
        assert terminal.wait() == 1
        assert [found["Id"] for found in dockerd.containers()] == before
        (copy,) = dockerd.copies("n8n")
        assert copy["State"]["Paused"]
    finally:
        dockerd.docker("unpause", dockerd.copy("n8n"), check=False)


@pytest.fixture
def taken_down(deployed: Project) -> Iterator[int]:
    """The stack after `down`; how often n8n had been visited before."""
    deployed.bring_up()
    count = visits(API)
    result = deployed.operate("down")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "The data is kept" in result.stdout
    # To follow that would leave volumes that no state knows.
    assert "stack rm" not in result.stdout
    yield count
    deployed.bring_up()


def test_down_removes_everything_but_the_data(deployed: Project, dockerd: Dockerd, taken_down: int) -> None:
    assert not dockerd.containers()
    assert "smarter-net" not in dockerd.docker("network", "ls", "--format", "{{.Name}}").stdout.split()
    assert dockerd.docker("volume", "ls", "-q", "--filter", "label=smarter-net.stack=dev").stdout
    assert deployed.operate("status").returncode != 0

    assert deployed.operate("up").returncode == 0
    assert visits(API) == taken_down + 1


def test_data_goes_only_by_a_command_of_its_own_that_is_confirmed(
    deployed: Project, dockerd: Dockerd, taken_down: int
) -> None:
    refused = deployed.operate("delete-data")
    assert refused.returncode == 1
    assert "repeat it with CONFIRM=dev" in refused.stderr
    assert dockerd.docker("volume", "ls", "-q").stdout

    deployed.bring_up()
    too_early = deployed.operate("delete-data", "--confirm", "dev")
    assert too_early.returncode == 1
    assert "run `make down` first" in too_early.stderr
    assert visits(API) == taken_down + 1

    assert deployed.operate("down").returncode == 0
    done = deployed.operate("delete-data", "--confirm", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not dockerd.docker("volume", "ls", "-q", "--filter", "label=smarter-net.stack").stdout

    assert deployed.operate("up").returncode == 0
    assert visits(API) == 1


def test_plain_make_lists_what_there_is_to_type() -> None:
    result = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for target in (
        "up",
        "preview",
        "status",
        "logs",
        "secrets",
        "pin",
        "backup",
        "restore",
        "forget",
        "down",
        "delete-data",
        "check",
        "test",
        "bench",
    ):
        assert f"make {target} " in result.stdout
    assert "STACK=dev" in result.stdout
