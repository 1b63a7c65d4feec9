"""What goes wrong on the host ends the run with one line: what it is, what helps. The old state serves on."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX
from tests.rig.project import HTTP_PORT, HTTPS_PORT, dev_settings
from tests.rig.visitors.browser import answers
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.drawn(3, "days", whole=True)
API, MKT = "api.smarterbot.localhost", "mkt.smarterbot.localhost"


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """The lines that a failed run ends with; they are all that its stderr holds."""
    assert result.returncode != 0
    assert "Traceback" not in result.stdout + result.stderr
    assert all(line.startswith("error: ") for line in result.stderr.splitlines()), result.stderr
    return result.stderr


@pytest.fixture
def healthy(deployed: Project) -> Project:
    """The stack, without what an earlier test asked for."""
    settings = deployed.read()["config"]
    settings["smarter-net:proxy"] = {"http-port": HTTP_PORT, "https-port": HTTPS_PORT}
    settings["smarter-net:services"] = dev_settings()["smarter-net:services"]
    deployed.write(settings)
    return deployed


@pytest.mark.matrix
def test_a_busy_port(healthy: Project) -> None:
    settings = healthy.read()["config"]
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings["smarter-net:proxy"]["http-port"] = port
        healthy.write(settings)
        line = complaint(healthy.operate("up"))
    assert line == (
        f"error: caddy-proxy: port {port} on 127.0.0.1 is taken by another program; "
        "free it, or set proxy.http-port to another\n"
    )
    result = healthy.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert answers(API)


def test_an_image_that_does_not_exist(healthy: Project) -> None:
    healthy.change("smarteros-blogbowl", image="registry.invalid/blogbowl:9.9.9")
    line = complaint(healthy.operate("up"))
    assert line.count("\n") == 1
    assert line.startswith("error: smarteros-blogbowl: cannot pull its image (")
    assert "set services.smarteros-blogbowl.image to one that exists" in line
    assert answers(MKT)


def test_a_copy_that_crashes_goes_and_the_old_one_serves(healthy: Project, dockerd: Dockerd) -> None:
    before = {service: dockerd.copy(service) for service in SIX}
    healthy.change("smarteros-blogbowl", environment={"CRASH_AT_START": "3"})
    healthy.change("n8n", environment={"CRASH_AT_START": "4"})
    lines = complaint(healthy.operate("up")).splitlines()
    blogbowl, n8n = sorted(lines, reverse=True)
    assert blogbowl.startswith("error: smarteros-blogbowl: the new container ")
    assert "the old container never stopped serving" in blogbowl
    assert n8n.startswith("error: n8n: the new container ")
    assert "the old container serves again" in n8n
    assert "make logs SERVICE=n8n" in n8n
    assert answers(API)
    assert answers(MKT)
    assert dockerd.running() == dict.fromkeys(SIX, 1)

    again = complaint(healthy.operate("up"))
    assert "the new container" in again
    assert len(dockerd.containers()) <= len(SIX) + 2, "each try left one more copy"

    healthy.change("smarteros-blogbowl", environment={})
    healthy.change("n8n", environment={})
    result = healthy.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(dockerd.containers()) == len(SIX)
    assert all(dockerd.copy(service) == before[service] for service in ("metabase", "nexa-runtime", "dokploy"))


def test_a_config_that_the_proxy_refuses_leaves_the_old_one_serving(healthy: Project) -> None:
    folder = healthy.root / "proxy"
    before = {name: (folder / name).read_text() for name in ("caddy.json",)}
    config = json.loads(before["caddy.json"])
    config["apps"]["http"]["servers"]["edge"]["routes"][0]["handle"] = [{"handler": "no-such-handler"}]
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(healthy.root / "bin" / "rollout.pyz"), "deliver"],
        input=json.dumps(config) + "\n",
        env=healthy.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    last = result.stderr.splitlines()[-1]
    assert last.startswith("caddy-proxy: refused the new config and keeps the old one: ")
    assert "no-such-handler" in last
    assert {path.name: path.read_text() for path in folder.glob("*.json")} == before
    assert answers(MKT)


def test_a_daemon_that_is_gone_from_the_start(healthy: Project, dockerd: Dockerd) -> None:
    dockerd.stop()
    try:
        for command in ("up", "status", "preview", "down"):
            line = complaint(healthy.operate(command))
            assert line == "error: docker: no daemon answers; start it, or point DOCKER_HOST at one that runs\n"
        plain = healthy.pulumi("up", "--yes", "--skip-preview")
        assert plain.returncode != 0
        assert "Traceback" not in plain.stdout + plain.stderr
        assert "docker: " in plain.stdout
    finally:
        dockerd.start()
    until(lambda: answers(API), "it answers again")


def test_a_daemon_that_goes_halfway_is_put_right_by_the_next_up(healthy: Project, dockerd: Dockerd) -> None:
    before = {found["Id"] for found in dockerd.containers()}
    for service in ("smarteros-blogbowl", "n8n", "metabase"):
        healthy.change(service, environment={"DAEMON": "gone"})
    run = healthy.spawn("up")
    until(lambda: {found["Id"] for found in dockerd.containers()} - before, "a new container is made")
    dockerd.stop()
    try:
        output, _ = run.communicate(timeout=200)
        assert run.returncode != 0
        assert "Traceback" not in output
        assert "error: docker: the daemon does not answer any more; start it" in output
    finally:
        dockerd.start()
    heal(healthy, dockerd)


@pytest.mark.matrix
def test_a_daemon_that_is_restarted_under_a_rollout_is_waited_for(healthy: Project, dockerd: Dockerd) -> None:
    before = {found["Id"] for found in dockerd.containers()}
    for service in ("smarteros-blogbowl", "n8n"):
        healthy.change(service, environment={"DAEMON": "restarted"})
    run = healthy.spawn("up")

    def rollout() -> bool:
        return any(found["Id"] not in before and found["State"]["Running"] for found in dockerd.containers())

    until(rollout, "a new container runs")
    dockerd.restart()
    output, _ = run.communicate(timeout=200)
    assert "Traceback" not in output
    heal(healthy, dockerd)


def heal(project: Project, dockerd: Dockerd) -> None:
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert len(dockerd.containers()) == len(SIX)
    assert answers(API)
    assert answers(MKT)


def test_last_words_of_any_length_do_not_stop_the_run(healthy: Project) -> None:
    # What it complains of is in its complaint. The engine's plugin waits for ever after a line of 64 KiB.
    healthy.change("n8n", environment={"CRASH_AT_START": "x" * 70_000})
    result = healthy.operate("up")
    said = complaint(result)
    assert said.count("\n") == 1
    assert said.startswith("error: n8n: the new container ")
    assert "    | " in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 1000
