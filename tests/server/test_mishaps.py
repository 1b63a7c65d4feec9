"""What goes wrong between an operator and a server: one clear line, the old state serves, the next `up` heals."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.rig.plan import at_rest
from tests.rig.servers.remote import forget_connection, staging_up, up
from tests.rig.servers.sshd import make_key
from tests.rig.wait import until

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

HOST = "mkt.smarterbot.store"
CUTS = 10
CUT: list[int] = []
"""How many processes of connections each cut has killed."""
FEW = 8
TURNS = itertools.count()


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("mishaps")


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Staging, up, with certificates of Caddy's own: the authority is not what is tested here."""
    return staging_up(tmp_path_factory.mktemp("mishaps"), internet, server)


def serves(internet: Internet, server: Server) -> bool:
    resolve = ("--resolve", f"{HOST}:443:{server.address}")
    json_ = ("-H", "Accept: application/json")
    shown = internet.run("curl", "-sk", "--max-time", "20", *resolve, *json_, f"https://{HOST}/", check=False).stdout
    return bool(shown) and json.loads(shown).get("service") == "smarteros-blogbowl"


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode
    assert "Traceback" not in result.stdout + result.stderr
    lines = result.stderr.strip().splitlines()
    assert all(line.startswith("error: ") for line in lines), result.stderr
    return "\n".join(lines)


def test_another_host_key_than_the_pinned_one(
    project: Project, internet: Internet, server: Server, tmp_path: Path
) -> None:
    config = project.read()["config"]
    right = config["smarter-net:host"]["host-key"]
    config["smarter-net:host"]["host-key"] = make_key(tmp_path / "other")
    project.write(config)
    forget_connection(internet, server)
    for command in ("up", "preview", "status"):
        line = complaint(project.operate(command))
        assert line.startswith(f"error: host.host-key: {server.address} shows another key")
    assert serves(internet, server)

    refused = project.operate("host-key")
    assert "FINGERPRINT=SHA256:" in complaint(refused)
    wrong = project.operate("host-key", "--fingerprint", "SHA256:somethingelse")
    assert "nothing was written" in complaint(wrong)
    shown = refused.stderr.rpartition("FINGERPRINT=")[2].strip()
    assert project.operate("host-key", "--fingerprint", shown).returncode == 0
    assert project.read()["config"]["smarter-net:host"]["host-key"] == right
    assert at_rest(project)


def test_a_server_that_does_not_answer(project: Project, internet: Internet, server: Server) -> None:
    forget_connection(internet, server)
    server.sshd.stop()
    try:
        line = complaint(project.operate("up"))
    finally:
        server.sshd.start()
    assert line.startswith(f"error: host.address: {server.address} port 22 cannot be reached over SSH (")
    assert serves(internet, server)


def test_a_key_that_the_server_does_not_know(project: Project, internet: Internet, server: Server) -> None:
    forget_connection(internet, server)
    known = server.folder / "sshd" / "authorized_keys"
    text = known.read_text()
    known.write_text("")
    try:
        line = complaint(project.operate("up"))
    finally:
        known.write_text(text)
    assert line.startswith(f"error: host.user: {server.address} does not let root in")
    assert serves(internet, server)


def test_a_server_whose_docker_is_stopped(project: Project, internet: Internet, server: Server) -> None:
    server.dockerd.stop()
    try:
        line = complaint(project.operate("up"))
    finally:
        server.dockerd.start()
    assert line.startswith(f"error: docker: the daemon on {server.address} does not answer root; start it there")
    until(lambda: serves(internet, server), "it serves again")


CLOSED = """
table inet provider {
    chain out {
        type filter hook output priority filter; policy accept;
        tcp dport 443 drop
    }
}
"""


def test_a_providers_firewall_in_front_that_is_closed(project: Project, internet: Internet) -> None:
    """As Hostinger's: the server knows nothing of it."""
    internet.run("nft", "--file", "-", stdin=CLOSED)
    try:
        shown = project.operate("doctor")
    finally:
        internet.run("nft", "delete", "table", "inet", "provider")
    lines = {line.split("  ")[1].strip(): line for line in shown.stdout.splitlines() if line.startswith("  ")}
    assert shown.returncode == 1
    assert "good" in lines["port 80"]
    assert "the proxy listens, not reached from here" in lines["port 443"], shown.stdout
    assert "open 443/tcp to everybody in the provider's firewall" in lines["port 443"]


def change(project: Project) -> None:
    for service in ("smarteros-blogbowl", "dokploy"):
        entry = project.read()["config"]["smarter-net:services"][service]
        project.change(service, environment={**entry["environment"], "TURN": str(next(TURNS))})


@pytest.fixture(scope="module")
def seconds(project: Project) -> float:
    """What the change of two services takes."""
    change(project)
    began = time.monotonic()
    up(project)
    return time.monotonic() - began


@pytest.mark.drawn(4)
@pytest.mark.parametrize("cut", range(CUTS))
def test_ssh_is_cut_in_the_middle_of_a_run(
    project: Project, internet: Internet, server: Server, seconds: float, cut: int
) -> None:
    change(project)
    run = project.spawn("up")
    time.sleep(seconds * (cut + 0.5) / CUTS)
    CUT.append(server.sshd.cut())
    output, _ = run.communicate(timeout=300)
    assert "Traceback" not in output
    if run.returncode:
        assert "error: " in output
    assert serves(internet, server)
    up(project)
    assert serves(internet, server)


def test_the_cuts_met_connections_and_left_nothing_to_do(project: Project) -> None:
    assert sum(count > 0 for count in CUT) >= (CUTS / 2 if len(CUT) == CUTS else 1), CUT
    assert at_rest(project)


def test_a_run_uses_few_connections(project: Project, internet: Internet, server: Server) -> None:
    change(project)
    forget_connection(internet, server)
    before = server.sshd.connections()
    up(project)
    used = server.sshd.connections() - before
    # One that all share; a few more where a crowd of sessions did not fit on it.
    assert used <= FEW, f"{used} connections"
