"""What `make doctor` makes of what it sees."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.topology.model import SshHost
from host.facts import EXAMINE
from operate.commands import doctor
from operate.inspect.finding import ADVICE, BAD, GOOD, Finding
from tests.config.stacks import CLOUDFLARE, Patch, topology

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operate.commands.conftest import Desk

SERVER = SshHost(address="203.0.113.10", user="root", port=22, host_key="ssh-ed25519 AAAA")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17", GOOD),
        ("OpenSSH_8.5p1, LibreSSL 3.3.6", GOOD),
        ("OpenSSH_8.4p1 Debian-5, OpenSSL 1.1.1", BAD),
        ("", BAD),
    ],
)
def test_an_old_ssh_is_found(said: str, verdict: str) -> None:
    assert doctor.ssh_version(said).verdict == verdict


def by_name(found: list[Finding]) -> dict[str, tuple[str, str]]:
    return {finding.what: (finding.verdict, finding.cure) for finding in found}


def test_a_good_server_needs_nothing() -> None:
    seen = {"user": "root", "root": "yes", "clock": str(int(time.time())), "synchronised": "yes", "upgrades": "enabled"}
    found = list(doctor.machine(seen, topology("prod")))
    assert {finding.verdict for finding in found} == {GOOD}
    assert not any(finding.cure for finding in found)


def test_what_is_wrong_with_a_server_has_its_cure() -> None:
    seen = {"user": "ana", "root": "no", "clock": "1000", "upgrades": "no"}
    found = by_name(list(doctor.machine(seen, topology("prod", {"firewall": {}}))))
    assert {what: verdict for what, (verdict, _) in found.items()} == {
        "rights": ADVICE, "clock": BAD, "security updates": ADVICE
    }  # fmt: skip
    assert all(cure for _, cure in found.values())


@pytest.mark.parametrize(
    ("patch", "seen", "problem", "cure"),
    [
        ({}, {"root": "no"}, "the firewall needs root", "leave firewall.ssh-from out"),
        (
            {"firewall": {}},
            {"root": "no", "closed": "/var/lib"},
            "may not write to /var/lib",
            "install -d -o ana /var/lib/smarter-net",
        ),
        (
            {"firewall": {}},
            {"root": "no", "closed": "/var/lib/smarter-net/prod"},
            "may not write to /var/lib/smarter-net/prod",
            "chown -R ana /var/lib/smarter-net/prod",
        ),
        ({}, {"root": "yes", "asks": "no"}, "not in the group docker", "usermod -aG docker ana"),
    ],
)
def test_a_right_that_is_missing_is_bad(patch: Patch, seen: dict[str, str], problem: str, cure: str) -> None:
    found, *_ = doctor.machine({"user": "ana", "clock": "0", **seen}, topology("prod", patch))
    assert (found.what, found.verdict) == ("rights", BAD)
    assert problem in found.seen
    assert cure in found.cure


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({"docker": "28.2.2"}, GOOD),
        ({"docker": "", "root": "yes"}, BAD),
        ({"docker": "missing", "root": "yes"}, ADVICE),
        ({"docker": "missing", "root": "no"}, BAD),
    ],
)
def test_docker_on_a_server(seen: dict[str, str], verdict: str) -> None:
    (finding,) = doctor.docker(seen, SERVER)
    assert finding.verdict == verdict
    assert bool(finding.cure) is (verdict != GOOD)


@pytest.mark.parametrize(
    ("state", "verdicts"),
    [
        ("active true false", []),
        ("inactive false false", []),
        ("", []),
        ("active false false", [BAD]),
        ("inactive false true", [BAD]),
    ],
)
def test_what_stands_in_the_way_of_swarm_mode(state: str, verdicts: list[str]) -> None:
    assert [finding.verdict for finding in doctor.swarm({"swarm": state}, closed=False)] == verdicts


def test_a_swarm_from_before_that_everybody_reaches_has_its_cure() -> None:
    seen = {"swarm": "active true false", "swarm-listens": "all"}
    (finding,) = doctor.swarm(seen, closed=False)
    assert finding.verdict == ADVICE
    assert "2377 and 7946" in finding.seen
    assert "firewall.ssh-from" in finding.cure
    assert not list(doctor.swarm(seen, closed=True))


@pytest.mark.skipif(sys.platform != "linux", reason="the script is for a server, and that is Linux")
@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("00000000:0949", True),
        ("00000000000000000000000000000000:1F0A", True),
        ("0A00080A:1F0A", True),
        ("0100007F:0949", False),
        ("00000000000000000000000001000000:0949", False),
        ("00000000:01BB", False),
    ],
)
def test_the_script_sees_for_whom_a_swarm_listens(table: str, told: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a table
    tcp = tmp_path / "tcp"
    tcp.write_text(f"  sl  local_address rem_address   st\n   0: {table} 00000000:0000 0A 0 0 0\n")
    script = EXAMINE.read_text().replace("/proc/net/tcp6", "").replace("/proc/net/tcp", str(tcp))
    shown = subprocess.run(["sh", "-c", script, "examine", "/"], capture_output=True, text=True, check=True).stdout
    assert ("swarm-listens=all" in shown.splitlines()) is told


@pytest.mark.parametrize(
    ("memory", "swap", "verdict"), [("32000", "0", GOOD), ("3000", "32000", ADVICE), ("900", "0", BAD)]
)
def test_memory_is_compared_with_what_the_services_may_take(memory: str, swap: str, verdict: str) -> None:
    seen = {"memory": memory, "swap": swap, "disk": "90000"}
    found = by_name(list(doctor.resources(seen, topology("prod"))))
    assert found["memory"][0] == verdict
    assert found["disk"][0] == GOOD


def test_a_full_disk_and_a_taken_port_stop_a_run() -> None:
    found = by_name(list(doctor.resources({"memory": "32000", "disk": "100"}, topology("prod"))))
    assert found["disk"][0] == BAD
    assert doctor.listening(443, "taken").verdict == BAD
    assert doctor.listening(443, "ours").verdict == GOOD


def test_names_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    prod = topology("prod")
    right, wrong, *_ = prod.records
    addresses = {str(right.name): right.content, str(wrong.name): "192.0.2.99"}

    def look_up(name: str, *_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if name not in addresses:
            raise OSError("no such name")
        return [(0, 0, 0, "", (addresses[name], 0))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    found = by_name(list(doctor.names(replace(prod, records=(right, wrong, prod.records[2])))))
    assert [verdict for verdict, _ in found.values()] == [GOOD, BAD, BAD]
    assert f"{wrong.name} A {wrong.content}" in found[f"DNS {wrong.name}"][1]


def test_what_is_behind_cloudflare_or_still_to_be_made_is_not_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = CLOUDFLARE | {"dns/ipv6": True, "host/address6": "2001:db8::10", "sites/0/proxied": True}
    made = topology("prod", stack)
    elsewhere, own = "mkt.smarterbot.cl", "api.smarterbot.cl"
    known = {(elsewhere, socket.AF_INET): "198.51.100.7", (own, socket.AF_INET6): "2001:db8::10"}

    def look_up(name: str, _: object, family: socket.AddressFamily) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if (name, family) not in known:
            raise OSError("no such name")
        return [(0, 0, 0, "", (known[name, family], 0))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    records = tuple(record for record in made.records if str(record.name) in {elsewhere, own})
    found = [(finding.what, finding.verdict, finding.seen) for finding in doctor.names(replace(made, records=records))]
    assert found == [
        (f"DNS {elsewhere}", GOOD, "198.51.100.7"),
        (f"DNS {elsewhere}", ADVICE, "no address"),
        (f"DNS {own}", ADVICE, "no address"),
        (f"DNS {own}", GOOD, "2001:db8::10"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the script is for a server, and that is Linux")
def test_the_script_sees_this_machine() -> None:
    before = int(time.time())
    shown = subprocess.run(
        ["sh", str(EXAMINE), "/nowhere/at/all", "1"], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    seen = dict(line.split("=", 1) for line in shown.splitlines())
    assert int(seen["memory"]) > 0
    assert int(seen["disk"]) > 0
    assert before <= int(seen["clock"]) <= time.time()
    assert seen["port-1"] == "free"


def test_as_json_it_is_one_document_and_the_exit_code_stays(desk: Desk) -> None:
    desk.wrong_stack_file()
    ended = desk.run("doctor", "--json")
    shown = json.loads(ended.stdout)
    assert (ended.returncode, shown["stack"], shown["good"]) == (1, "dev", False)
    first, *others = shown["findings"]
    assert first["what"].startswith("Pulumi.dev.yaml")
    assert (first["verdict"], list(first)) == (BAD, ["what", "verdict", "seen", "cure"])
    assert "disk" in {each["what"] for each in others}
