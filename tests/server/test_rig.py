"""The rig itself: a server can be reached as a rented one can, and no other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rig.servers.server import STRANGER6, Internet, Server
from tests.rig.servers.sshd import make_key
from tests.rig.wait import until
from tools.images import references

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.matrix


def fetched(internet: Internet, url: str) -> bool:
    fetch = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).status)"
    return internet.run("python3", "-c", fetch, url, check=False).stdout == "200\n"


def test_ssh_with_the_pinned_host_key(internet: Internet, server: Server) -> None:
    assert internet.ssh(server, "hostname").stdout == "vps1\n"
    assert internet.ssh(server, "echo", "$SSH_CONNECTION", source=STRANGER6).stdout.split()[0] == STRANGER6


def test_another_host_key_is_refused(internet: Internet, server: Server, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text(f"{server.address} {make_key(tmp_path / 'other')}\n")
    option = f"UserKnownHostsFile={tmp_path}/known_hosts"
    result = internet.run("ssh", "-o", option, f"root@{server.address}", "true", check=False)
    assert result.returncode == 255
    assert "Host key verification failed" in result.stderr


def test_docker_over_ssh(internet: Internet, server: Server) -> None:
    shown = internet.run("docker", "--host", f"ssh://root@{server.address}", "info", "--format", "{{.Name}}")
    assert shown.stdout == "vps1\n"
    server.restart_dockerd()
    assert internet.ssh(server, "docker", "ps", "--quiet").stdout == ""


def test_a_published_port_is_open_outside(internet: Internet, server: Server) -> None:
    server.docker("run", "--detach", "--name", "open", "--publish", "80:8080", references().standin)
    until(lambda: fetched(internet, f"http://{server.address}"), "it answers")
    assert fetched(internet, f"http://[{server.address6}]")


def test_two_servers_share_no_file_and_see_each_other(internet: Internet, server: Server) -> None:
    other = internet.server("vps2")
    for each in (server, other):
        each.run("sh", "-c", "hostname >/root/name; hostname >/var/lib/smarter-net/name")
    assert internet.ssh(server, "cat", "/root/name", "/var/lib/smarter-net/name").stdout == "vps1\nvps1\n"
    assert internet.ssh(other, "docker", "info", "--format", "{{.Name}}").stdout == "vps2\n"
    # OpenSSH 9.8 and later say which server they met on the same output, as a comment.
    scanned = server.run("ssh-keyscan", "-t", "ed25519", other.address).stdout.splitlines()
    assert [line.split()[1:] for line in scanned if not line.startswith("#")] == [other.host_key.split()]
