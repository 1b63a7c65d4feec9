"""A server's proxy is replaced while visitors come from elsewhere, over IPv4 and IPv6: no request is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig.plan import at_rest
from tests.rig.servers.remote import staging_up, up
from tests.rig.servers.server import ADDRESS
from tests.rig.visitors import from_outside
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

HOST = "mkt.smarterbot.store"
CLIENTS = 4
LEAST = 200
"""Answers that such a run takes at least."""
LONGEST_WAIT = 3.2
"""Seconds."""


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("replaced")


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Staging, up, reached over IPv6 too."""
    project = staging_up(tmp_path_factory.mktemp("replaced"), internet, server)
    config = project.read()["config"]
    config["smarter-net:host"]["address6"] = server.address6
    config["smarter-net:dns"] = {"ipv6": True}
    project.write(config)
    up(project)
    until(lambda: "standby" not in server.docker("ps", "-a").stdout, "nothing is left of it")
    return project


@contextmanager
def visitors(internet: Internet, address: str) -> Iterator[dict[str, Any]]:
    """Clients of a site at an address of the server; what became of them is there when the block is left."""
    program = str(Path(from_outside.__file__))
    line = [*internet.enter, sys.executable, "-I", "-S", program, address, HOST, str(CLIENTS)]
    outcome: dict[str, Any] = {}
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
        try:
            yield outcome
        finally:
            outcome |= json.loads(clients.communicate(timeout=60)[0])


def access(server: Server) -> list[str]:
    """The addresses that the proxy's log says visitors came from."""
    said = server.docker("logs", "caddy-proxy-standby", check=False)
    lines = [line for line in (said.stdout + said.stderr).splitlines() if '"remote_ip"' in line]
    return [json.loads(line)["request"]["remote_ip"] for line in lines]


def test_no_request_is_lost_while_a_servers_proxy_is_replaced(
    project: Project, internet: Internet, server: Server
) -> None:
    config = project.read()["config"]
    config["smarter-net:proxy"]["memory"] = "900MiB"
    project.write(config)
    old = server.docker("inspect", "-f", "{{.Id}}", "caddy-proxy").stdout
    with visitors(internet, server.address) as over4, visitors(internet, server.address6) as over6:
        run = project.spawn("up")
        until(lambda: access(server), "the second proxy answers", seconds=120)
        seen = set(access(server))
        output, _ = run.communicate(timeout=300)
        # Until it has ended.
        until(lambda: "standby" not in server.docker("ps", "-a").stdout, "nothing is left of it")
    assert run.returncode == 0, output
    assert "a second one answers meanwhile, no request is lost" in output
    assert server.docker("inspect", "-f", "{{.Id}}", "caddy-proxy").stdout != old
    for outcome in (over4, over6):
        assert outcome["lost"] == []
        assert outcome["answers"] > LEAST
        assert outcome["longest"] < LONGEST_WAIT, outcome
    assert ADDRESS in seen, "it sees where visitors come from"
    assert "standby" not in server.run("nft", "list", "tables").stdout
    assert at_rest(project)
