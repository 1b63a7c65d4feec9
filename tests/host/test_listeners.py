"""Who listens on a server, as the kernel's tables have it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from host.docker_objects import Container
from host.listeners import SCRIPT, Listener, parsed, unknown
from tests.config.stacks import topology
from tests.host.test_docker_objects import SHOWN

if TYPE_CHECKING:
    from host.daemon import Daemon

TABLE = """\
00000000:0016 sshd (process 1)
00000000:01BB docker-proxy (process 2)
00000000000000000000000000000000:01BB docker-proxy (process 3)
0100007F:1388 python3 (process 4)
3500007F:0035 systemd-resolve (process 5)
00000000000000000000000001000000:1389 python3 (process 6)
0000000000000000FFFF00000100007F:138A java (process 7)
00000000:1F91 python3 (process 8)
00000000000000000000000000000000:1F91 python3 (process 8)
B80D01200000000000000000100A0000:0947
"""


class Host:
    """A daemon whose one container publishes 443, on a machine that listens as the table says."""

    machine: Any

    def __init__(self) -> None:
        self.machine = self

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        assert command == ["sh", "-c", SCRIPT]
        return subprocess.CompletedProcess(command, 0, TABLE, "")

    def running(self) -> list[Container]:
        return [Container.of(SHOWN)]


def found(patch: dict[str, Any]) -> list[str]:
    host: Any = Host()
    daemon: Daemon = host
    return list(unknown(topology("prod", patch), daemon))


def test_only_what_nobody_asked_for_and_others_reach_is_told() -> None:
    stranger, hidden = sorted(found({}), reverse=True)
    assert stranger.startswith("port 8081: python3 (process 8) listens on 0.0.0.0")
    assert stranger.endswith("the firewall keeps others from it")
    assert hidden.startswith(
        "port 2375: a program of another user's (`ss -ltnp 'sport = :2375'`) listens on 2001:db8::"
    )
    assert all(line.endswith("it is open to everybody") for line in found({"firewall": {}}))


def test_an_ssh_server_on_another_port_than_ours_is_told() -> None:
    assert any(line.startswith("port 22: sshd") for line in found({"host/port": 2222}))


@pytest.mark.skipif(sys.platform != "linux", reason="the script is for a server, and that is Linux")
@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_the_script_names_who_listens(family: socket.AddressFamily, address: str) -> None:
    with socket.create_server((address, 0), family=family) as listening:
        said = subprocess.run(["sh", "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120).stdout
        port = listening.getsockname()[1]
    mine = [listener for listener in parsed(said) if listener.port == port]
    assert [(each.address, each.private) for each in mine] == [(address, True)]
    assert mine[0].program.endswith(f" (process {os.getpid()})")
    assert Listener(port, "0.0.0.0", "").private is False


def test_what_the_stack_file_allows_is_not_told() -> None:
    assert len(found({"host/listeners": [8081]})) == len(found({})) - 1
