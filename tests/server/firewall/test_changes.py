"""Changing the firewall: no operator is locked out, nothing is half done, no other table is touched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from config.render.nftables import TABLE
from tests.config.render.test_caddy import GOLDEN
from tests.rig.servers.firewall import ROOT, Firewall, ruleset
from tests.rig.servers.server import ADDRESS, STRANGER, STRANGER6, Internet, Server
from tests.rig.wait import until

if TYPE_CHECKING:
    from pathlib import Path

LOCK_OUT = ruleset({"host/port": 2222})
"""The operator is in `ssh-from`, but the SSH server listens elsewhere."""


@pytest.fixture(scope="module")
def shared(internet: Internet) -> Firewall:
    """No image is needed here."""
    return Firewall(internet, internet.server("vps1"))


@pytest.fixture
def firewall(shared: Firewall) -> Firewall:
    """One that is not there yet."""
    shared.remove()
    return shared


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_nft_accepts_the_golden_files(firewall: Firewall, stack: str) -> None:
    firewall.server.run("nft", "--check", "--file", "-", stdin=(GOLDEN / f"firewall.{stack}.nft").read_text())
    assert firewall.loaded() == ""


@pytest.mark.parametrize(
    "ssh_from", [["0.0.0.0/0", "::/0"], ["192.0.2.1", "192.0.2.0/31", "192.0.2.0/24"], ["2001:db8::/32"]]
)
def test_nft_accepts_any_source(firewall: Firewall, ssh_from: list[str]) -> None:
    firewall.server.run("nft", "--check", "--file", "-", stdin=ruleset(ssh_from=ssh_from))


def locked_out(firewall: Firewall) -> None:
    """Apply a ruleset that locks the operator out, and see that it does, and that it ends."""
    applied = firewall.apply(LOCK_OUT, seconds=600)
    assert applied.returncode == 0, applied.stderr
    assert not firewall.lets_in(ADDRESS)
    firewall.time_is_over()
    until(lambda: firewall.lets_in(ADDRESS), "the operator is let in again")
    confirmed = firewall.call("confirm")
    assert confirmed.returncode == 1
    assert confirmed.stderr.startswith("firewall: the new ruleset was taken back at ")
    assert "no log-in succeeded" in confirmed.stderr
    assert confirmed.stderr.count("\n") == 1


def test_a_lock_out_of_the_first_ruleset_leaves_none(firewall: Firewall) -> None:
    locked_out(firewall)
    assert firewall.loaded() == ""


def test_a_lock_out_goes_back_to_the_confirmed_ruleset(firewall: Firewall) -> None:
    firewall.up(ruleset())
    before = firewall.loaded()
    locked_out(firewall)
    assert firewall.loaded() == before
    assert firewall.apply(ruleset()).stdout == "unchanged\n"


def test_a_lock_out_ends_after_the_seconds_that_were_asked_for(firewall: Firewall) -> None:
    seconds = 4
    started = time.monotonic()
    assert firewall.apply(LOCK_OUT, seconds=seconds).returncode == 0
    until(lambda: not firewall.loaded(), "it is taken back")
    assert time.monotonic() - started >= seconds
    assert firewall.lets_in(ADDRESS)


def test_a_confirmed_ruleset_stays(firewall: Firewall) -> None:
    assert firewall.apply(ruleset(), seconds=600).returncode == 0
    assert firewall.timer()
    assert firewall.call("confirm").stdout == "confirmed\n"
    assert not firewall.timer()
    assert firewall.loaded()
    # A timer that came too late to be stopped finds nothing to take back.
    assert firewall.call("rollback").returncode == 0
    assert firewall.loaded()
    assert firewall.call("confirm").stdout == "nothing to confirm\n"


def restart_the_machine(firewall: Firewall) -> None:
    """What a restart leaves: files, and no table and no timer; then the boot unit runs."""
    firewall.server.run("nft", "delete", "table", *TABLE.split())
    firewall.server.run("sh", "-c", f'kill -- "-$(cat {ROOT}/firewall/timer.pid)" || :')
    firewall.server.run("sh", f"{ROOT}/bin/firewall.sh", "boot")


def test_a_restart_loads_the_confirmed_ruleset(firewall: Firewall) -> None:
    firewall.up(ruleset())
    before = firewall.loaded()
    restart_the_machine(firewall)
    assert firewall.loaded() == before


def test_a_restart_before_the_confirmation_undoes_the_change(firewall: Firewall) -> None:
    firewall.up(ruleset())
    before = firewall.loaded()
    assert firewall.apply(LOCK_OUT).returncode == 0
    restart_the_machine(firewall)
    assert firewall.loaded() == before
    confirmed = firewall.call("confirm")
    assert confirmed.returncode == 1
    assert "the machine was restarted before it was confirmed" in confirmed.stderr


def test_what_is_not_loaded_any_more_is_not_confirmed(firewall: Firewall) -> None:
    assert firewall.apply(ruleset()).returncode == 0
    firewall.server.run("nft", "delete", "table", *TABLE.split())
    assert "is not loaded any more" in firewall.call("confirm").stderr


def test_the_same_ruleset_again_changes_nothing(firewall: Firewall) -> None:
    firewall.up(ruleset())
    assert firewall.apply(ruleset()).stdout == "unchanged\n"


@pytest.mark.parametrize(
    "change", ["delete table inet smarter_net", "insert rule inet smarter_net incoming tcp dport 5432 accept"]
)
def test_what_was_changed_by_hand_is_put_right(firewall: Firewall, change: str) -> None:
    firewall.up(ruleset())
    before = firewall.loaded()
    assert firewall.call("check", stdin=ruleset()).stdout == "same\n"
    firewall.server.run("nft", change)
    assert firewall.call("check", stdin=ruleset()).stdout == "differs\n"
    assert firewall.apply(ruleset()).stdout.startswith("applied")
    assert firewall.loaded() == before


def test_a_second_ruleset_has_a_timer_of_its_own(firewall: Firewall) -> None:
    firewall.up(ruleset())
    before = firewall.loaded()
    timers = []
    for seconds in (600, 700):
        assert firewall.apply(ruleset({"firewall/interfaces": ["wg0"]}), seconds=seconds).returncode == 0
        timers.append(firewall.timer())
    first, second = timers
    assert first
    assert second
    assert first != second
    gone = ("test", "!", "-e", f"/proc/{first}/cmdline")
    until(lambda: firewall.server.run(*gone, check=False).returncode == 0, "the first timer has ended")
    assert "wg0" in firewall.loaded()
    firewall.time_is_over()
    until(lambda: firewall.loaded() == before, "it is taken back")


@pytest.mark.parametrize("wrong", ["tabel inet x", ruleset().replace("tcp dport", "tpc dport"), ""])
def test_a_wrong_ruleset_changes_nothing(firewall: Firewall, wrong: str) -> None:
    firewall.up(ruleset())
    before = firewall.loaded()
    result = firewall.apply(wrong)
    assert result.returncode == 1
    assert result.stderr.startswith("firewall: the ruleset is not right, nothing was changed: ")
    assert result.stderr.count("\n") == 1
    assert firewall.loaded() == before
    assert firewall.apply(ruleset()).stdout == "unchanged\n"


@pytest.mark.parametrize("source", [STRANGER, STRANGER6])
def test_an_operator_who_would_be_locked_out_is_told_so(firewall: Firewall, source: str) -> None:
    result = firewall.apply(ruleset(), source=source)
    assert result.returncode == 1
    assert result.stderr == (
        f"firewall.ssh-from: {source}, from where you are connected, is not in it and could not log in again; add it. "
        "Nothing was changed\n"
    )
    assert firewall.loaded() == ""
    assert firewall.apply(ruleset(ssh_from=[f"{STRANGER}/31", "2001:db8:77::/64"]), source=source).returncode == 0


def test_an_operator_is_recognised_behind_sudo(firewall: Firewall) -> None:
    """It takes the variable away, as `env -u` does here."""
    line = f"env -u SSH_CONNECTION sh {ROOT}/bin/firewall.sh apply 30; true"
    result = firewall.internet.ssh(firewall.server, line, source=STRANGER, stdin=ruleset())
    assert result.stderr.startswith(f"firewall.ssh-from: {STRANGER}, ")


def test_an_operator_can_be_named_and_can_come_over_a_trusted_interface(firewall: Firewall) -> None:
    assert "192.0.2.77, from where" in firewall.apply(ruleset(), "192.0.2.77").stderr
    firewall.server.run(
        "sh", "-ec", "ip link add wg0 type veth peer name wg1; ip address add 192.0.2.1/24 dev wg0; ip link set wg0 up"
    )
    try:
        assert firewall.apply(ruleset({"firewall/interfaces": ["wg0"]}), "192.0.2.77").returncode == 0
    finally:
        firewall.server.run("ip", "link", "delete", "wg0")


def test_the_interface_that_the_internet_comes_in_by_is_not_trusted(firewall: Firewall) -> None:
    """Whatever it is called: the stack file's check knows the usual names alone."""
    result = firewall.apply(ruleset({"firewall/interfaces": ["wg0"]}).replace("wg0", "eth0"))
    assert result.returncode == 1
    assert result.stderr.startswith("firewall.interfaces: eth0 is how the Internet comes in: ")
    assert result.stderr.count("\n") == 1
    assert firewall.loaded() == ""


def others(server: Server) -> str:
    """Everybody else's tables."""
    script = "nft list tables | grep -v smarter_net | while read -r table; do nft -s list $table; done"
    return server.run("sh", "-c", script).stdout


def test_nobody_elses_tables_are_touched(firewall: Firewall) -> None:
    firewall.server.run(
        "sh", "-ec",
        "iptables -N ufw-user-input; iptables -A ufw-user-input -p tcp --dport 80 -j ACCEPT; "
        "iptables -I INPUT -j ufw-user-input; nft add table inet theirs; nft add chain inet theirs a",
    )  # fmt: skip
    before = others(firewall.server)
    assert "ufw-user-input" in before
    assert "DOCKER" in before
    firewall.up(ruleset())
    locked_out(firewall)
    assert others(firewall.server) == before
    restart_the_machine(firewall)
    firewall.remove()
    assert others(firewall.server) == before


SYSTEMD_RUN = """#!/bin/sh
echo "systemd-run $*" >>/run/calls
for argument; do case $argument in --on-active=*s) seconds=${argument#*=} ;; esac; done
while [ "$1" != /bin/sh ]; do shift; done
setsid sh -c 'sleep "$1"; shift; exec "$@"' - "${seconds%s}" "$@" </dev/null >/dev/null 2>&1 &
echo $! >/run/timer
"""
SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >>/run/calls
if [ "$1" = stop ] && [ -f /run/timer ]; then kill -- "-$(cat /run/timer)"; rm /run/timer; fi
"""


def test_where_there_is_systemd(internet: Internet, tmp_path: Path) -> None:
    """Its two commands are stand-ins here: what is tested is what they are asked for, and the unit."""
    server = internet.server("vps2")
    Firewall(internet, server)
    for name, text in (("systemd-run", SYSTEMD_RUN), ("systemctl", SYSTEMCTL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def call(*arguments: str, stdin: str = "") -> str:
        line = f'PATH={tmp_path}:$PATH exec sh {ROOT}/bin/firewall.sh "$@"'
        return server.run("sh", "-c", line, "-", *arguments, stdin=stdin).stdout

    server.run("mkdir", "-p", "/run/systemd/system")
    call("apply", "2", ADDRESS, stdin=LOCK_OUT)
    until(lambda: not server.run("nft", "list", "table", *TABLE.split(), check=False).stdout, "it is taken back")
    call("apply", "600", ADDRESS, stdin=ruleset())
    timer = server.run("cat", "/run/timer").stdout.strip()
    assert call("confirm") == "confirmed\n"
    until(lambda: server.run("test", "-e", f"/proc/{timer}/cmdline", check=False).returncode, "the timer is stopped")
    server.run("nft", "list", "table", *TABLE.split())

    unit = "/etc/systemd/system/smarter-net-firewall.service"
    calls = server.run("cat", "/run/calls").stdout
    assert "--unit=smarter-net-firewall-rollback --on-active=2s --timer-property=AccuracySec=100ms /bin/sh" in calls
    assert calls.endswith("systemctl daemon-reload\nsystemctl enable --quiet smarter-net-firewall.service\n")
    verified = server.run("sh", "-c", f"! command -v systemd-analyze || systemd-analyze verify {unit} 2>&1")
    assert "smarter-net-firewall.service:" not in verified.stdout
    call("remove")
    assert server.run("test", "-e", unit, check=False).returncode == 1
