"""The command that the program gives the engine: it loads the ruleset, logs in again, and keeps it or takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from components.firewall import SECONDS, applying
from config.topology.model import SshHost
from host.ssh import argv
from tests.rig.servers.firewall import ROOT, Firewall, ruleset
from tests.rig.servers.server import ADDRESS, STRANGER

if TYPE_CHECKING:
    import subprocess

    from tests.rig.servers.server import Internet, Server


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """No image is needed here."""
    return internet.server("vps1")


@pytest.fixture
def firewall(internet: Internet, server: Server) -> Firewall:
    """One that is not there yet."""
    firewall = Firewall(internet, server)
    firewall.remove()
    return firewall


@pytest.fixture
def host(server: Server) -> SshHost:
    """The server as a topology has it."""
    return SshHost(address=server.address, user="root", port=22, host_key=server.host_key)


def run(firewall: Firewall, host: SshHost, rules: str) -> subprocess.CompletedProcess[str]:
    # Over a connection that stands already, as in every run but the first: it must not count.
    firewall.internet.run(*argv(host, "true"))
    return firewall.internet.run("sh", "-c", applying(host, ROOT), stdin=rules, check=False)


def test_a_good_ruleset_is_kept(firewall: Firewall, host: SshHost) -> None:
    before = firewall.server.sshd.connections()
    result = run(firewall, host, ruleset())
    assert result.returncode == 0, result.stderr
    assert "confirmed\n" in result.stdout
    assert firewall.server.sshd.connections() > before
    assert not firewall.lets_in(STRANGER)
    again = run(firewall, host, ruleset())
    assert again.stdout == "unchanged\nnothing to confirm\n"


def test_one_that_locks_out_is_taken_back_at_once_and_can_be_put_right(firewall: Firewall, host: SshHost) -> None:
    assert run(firewall, host, ruleset()).returncode == 0
    before = firewall.loaded()
    result = run(firewall, host, ruleset({"host/port": 2222}))
    assert result.returncode == 1
    assert result.stderr.startswith("firewall: no log-in succeeds with the new ruleset, so it was taken back; ")
    assert result.stderr.count("\n") == 1
    assert firewall.loaded() == before
    assert firewall.lets_in(ADDRESS)
    assert run(firewall, host, ruleset({"firewall/interfaces": ["wg0"]})).returncode == 0
    assert "wg0" in firewall.loaded()


def test_an_operator_from_elsewhere_changes_nothing(firewall: Firewall, host: SshHost) -> None:
    result = run(firewall, host, ruleset(ssh_from=["192.0.2.1"]))
    assert result.returncode == 1
    assert result.stderr.startswith(f"firewall.ssh-from: {ADDRESS}, from where you are connected, ")
    assert firewall.loaded() == ""


def test_the_tries_end_before_the_timer() -> None:
    assert SECONDS > 3 * 5 + 2
