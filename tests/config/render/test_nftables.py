"""The firewall's ruleset: a golden file per server, and what each setting changes in it. `tests/server` loads them."""

from __future__ import annotations

import os

import pytest

from config.render.nftables import FROM_BRIDGES, read, render
from tests.config.render.test_caddy import GOLDEN
from tests.config.stacks import Patch, topology

SERVERS = ("staging", "prod")


def ruleset(patch: Patch | None = None, stack: str = "prod") -> str:
    firewall = topology(stack, patch).firewall
    assert firewall is not None
    return render(firewall)


def lines(patch: Patch) -> set[str]:
    return {line.strip() for line in ruleset(patch).splitlines()}


@pytest.mark.parametrize("stack", SERVERS)
def test_the_ruleset_is_the_one_in_the_golden_file(stack: str) -> None:
    """`GOLDEN=write pytest …` writes the files again; read the difference before you commit it."""
    path = GOLDEN / f"firewall.{stack}.nft"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(ruleset(stack=stack))
    assert ruleset(stack=stack) == path.read_text()


def test_without_it_there_is_none() -> None:
    assert topology("dev").firewall is None
    assert topology("prod", {"firewall": {}}).firewall is None


def test_the_specs_ports_are_open_and_ssh_is_restricted() -> None:
    made = lines({})
    assert "tcp dport { 80, 443 } accept" in made
    assert "ip saddr @ssh4 tcp dport 22 accept" in made
    assert not [line for line in made if "udp dport 443" in line]


def test_the_ssh_servers_own_port() -> None:
    made = lines({"host/port": 2222})
    assert "ip saddr @ssh4 tcp dport 2222 accept" in made
    assert not [line for line in made if "dport 22 " in line]


def test_only_what_is_bound_to_the_outside_is_open() -> None:
    direct = {"services/smarteros-blogbowl/direct-port": 3002}
    assert "tcp dport { 80, 443 } accept" in lines(direct)
    outside = direct | {"services/smarteros-blogbowl/direct-address": "0.0.0.0"}
    assert "tcp dport { 80, 443, 3002 } accept" in lines(outside)
    planned = outside | {"services/smarteros-blogbowl/enabled": False}
    assert "tcp dport { 80, 443 } accept" in lines(planned)
    inside = lines({"proxy/bind-address": "::1"})
    assert not [line for line in inside if line.startswith("tcp dport")]


def test_sources_of_both_families_without_overlap() -> None:
    made = ruleset({"firewall/ssh-from": ["192.0.2.7", "2001:DB8::/64", "192.0.2.0/24", "2001:db8::5", "192.0.2.7"]})
    assert "elements = { 192.0.2.0/24 };" in made
    assert "elements = { 2001:db8::/64 };" in made
    only6 = ruleset({"firewall/ssh-from": ["2001:db8::5"]})
    assert "ssh4" not in only6
    assert "ip6 saddr @ssh6 tcp dport 22 accept" in only6


def test_a_trusted_interface() -> None:
    assert 'iifname "wg0" accept' in lines({"firewall/interfaces": ["wg0"]})


def test_containers_reach_what_is_published_and_nothing_else_of_the_machine() -> None:
    outside = {"services/smarteros-blogbowl/direct-port": 3002, "services/smarteros-blogbowl/direct-address": "0.0.0.0"}
    made = ruleset(outside | {"firewall/ssh-from": ["172.16.0.0/12"]})
    containers = made[made.index("    chain containers {") :]
    assert "tcp dport { 80, 443, 3002 } accept" in containers
    # Not even where a network of Docker's lies in one that may log in, such as an office's 192.168.0.0/16.
    assert "ssh4" not in containers
    assert containers.endswith("        counter drop\n    }\n}\n")
    assert not [line for line in made.splitlines() if "accept" in line and ("docker" in line or "br-" in line)]
    assert read(made)["ports"] == {"80", "443", "3002"}


def test_what_a_ruleset_of_an_older_version_let_in_is_told() -> None:
    older = ruleset().replace("jump containers", "accept")
    assert read(older)["Docker's bridges"] == {FROM_BRIDGES}
    assert read(older)["interfaces"] == read(ruleset())["interfaces"] == set()
    assert read(ruleset())["Docker's bridges"] == read("")["Docker's bridges"] == set()


def test_no_other_table_is_touched() -> None:
    made = ruleset()
    assert "flush" not in made
    assert {line for line in made.splitlines() if "table" in line} == {
        "table inet smarter_net", "delete table inet smarter_net", "table inet smarter_net {",
    }  # fmt: skip
