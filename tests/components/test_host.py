"""What the program asks the host itself, before it says what there is to be."""

from __future__ import annotations

import subprocess
from unittest import mock

import pulumi
import pytest

from components.host import Host
from config.topology.model import SshHost

SERVER = SshHost(address="203.0.113.10", user="root", port=22, host_key="ssh-ed25519 AAAA")


def find(returncode: int, said: str) -> object:
    """What it makes of an `ssh` that ends so."""
    host = Host.__new__(Host)
    host._host = SERVER
    ended = subprocess.CompletedProcess([], returncode, stdout="", stderr=said)
    with mock.patch.object(subprocess, "run", return_value=ended):
        return host.find_network("smarter-net")


@pytest.mark.parametrize("said", ["", "\n", "mux_client_request_session: read from master failed: Broken pipe\n"])
def test_a_connection_that_is_cut_is_one_line(said: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        find(255, said)
    (line,) = str(refused.value).splitlines()
    assert line.startswith("host.address: 203.0.113.10 port 22 cannot be reached over SSH (")


def test_a_new_server_has_no_docker_yet() -> None:
    assert find(127, "sh: docker: not found\n") is None


def test_a_network_that_is_not_there_is_none() -> None:
    assert find(1, "Error response from daemon: network smarter-net not found\n") is None
