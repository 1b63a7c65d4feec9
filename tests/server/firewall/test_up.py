"""The firewall as part of `make up`: there after the first run, restricted, and never in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.render.nftables import TABLE
from tests.rig.plan import at_rest, planned
from tests.rig.servers.remote import forget_connection, staging_up, up
from tests.rig.servers.server import ADDRESS, ADDRESS6, STRANGER

if TYPE_CHECKING:
    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

SECTION = "smarter-net:firewall"


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("guarded")


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Staging, up, with certificates of Caddy's own."""
    return staging_up(tmp_path_factory.mktemp("guarded"), internet, server)


def change(project: Project, section: dict[str, list[str]]) -> None:
    config = project.read()["config"]
    config[SECTION] = section
    project.write(config)


def table(server: Server) -> str:
    return server.run("nft", "-s", "list", "table", *TABLE.split(), check=False).stdout


def test_it_stands_after_the_first_run_and_a_second_changes_nothing(project: Project, server: Server) -> None:
    assert "tcp dport { 80, 443 } accept" in table(server)
    assert at_rest(project)


def serving(server: Server) -> set[str]:
    return set(server.docker("ps", "--quiet").stdout.split())


def test_an_operator_who_is_not_in_it_is_told_so_and_nothing_else_is_changed(project: Project, server: Server) -> None:
    before, running = table(server), serving(server)
    change(project, {"ssh-from": ["192.0.2.1"]})
    assert planned(project) == {"firewall-ruleset": "update"}
    environment = project.read()["config"]["smarter-net:services"]["smarteros-blogbowl"]["environment"]
    project.change("smarteros-blogbowl", environment={**environment, "TURN": "1"})
    result = project.operate("up")
    assert result.returncode != 0
    assert f"firewall.ssh-from: {ADDRESS}, from where you are connected, is not in it" in result.stdout + result.stderr
    assert table(server) == before
    assert serving(server) == running
    change(project, {"ssh-from": [ADDRESS, ADDRESS6]})
    up(project)
    assert len(serving(server) - running) == 1
    assert at_rest(project)


def test_a_machine_that_is_not_let_in_is_told_what_that_may_be(
    project: Project, server: Server, internet: Internet
) -> None:
    config = internet.ssh_config.read_text()
    forget_connection(internet, server)
    internet.ssh_config.write_text(f"BindAddress {STRANGER}\n{config}")
    try:
        for command in ("doctor", "preview", "up"):
            refused = project.operate(command)
            assert refused.returncode == 1
            assert f"{server.address} port 22 gives no answer" in refused.stdout + refused.stderr
            assert "this machine's address is not in firewall.ssh-from" in refused.stdout + refused.stderr
            assert "Traceback" not in refused.stderr
    finally:
        internet.ssh_config.write_text(config)
    assert at_rest(project)


def test_without_the_section_it_is_taken_away_and_with_it_it_is_back(
    project: Project, server: Server, internet: Internet
) -> None:
    change(project, {})
    up(project)
    assert table(server) == ""
    internet.ssh(server, "true", source=STRANGER)
    change(project, {"ssh-from": [ADDRESS, ADDRESS6]})
    up(project)
    assert internet.ssh(server, "true", source=STRANGER, check=False).returncode == 255


def test_a_table_that_somebody_flushed_is_found_and_loaded_again(project: Project, server: Server) -> None:
    before = table(server)
    server.run("nft", "delete", "table", *TABLE.split())
    found = project.operate("drift")
    assert found.returncode == 1
    assert "firewall: the server's ruleset was changed by hand" in found.stdout
    assert table(server) == ""
    up(project)
    assert table(server) == before
    assert at_rest(project)
