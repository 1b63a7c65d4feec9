"""The rules that lead new connections to another proxy."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from host.program.proxy.asked import Published
from host.program.proxy.detour import SYSTEM_PATH, Lead, render
from tests.rig.skip import skip_or_fail

PUBLISHED = {
    "everywhere": Published("0.0.0.0", 443, 443),
    "here alone": Published("127.0.0.1", 8443, 443),
    "one address": Published("192.0.2.7", 443, 443),
    "IPv6": Published("[::]", 443, 443),
    "one IPv6 address": Published("[2001:db8::7]", 443, 443),
}


def rules(which: str) -> str:
    return render([Lead(PUBLISHED[which], "198.51.100.9", 32768)])


@pytest.mark.parametrize("which", PUBLISHED)
def test_nft_takes_them(which: str) -> None:
    nft = shutil.which("nft", path=SYSTEM_PATH) or skip_or_fail("needs nft")
    checked = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", nft, "-c", "-f", "-"],
        input=rules(which), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_a_visitor_from_elsewhere_keeps_his_address() -> None:
    incoming = rules("everywhere").partition("chain outgoing")[0]
    assert "fib daddr type local tcp dport 443 dnat ip to 198.51.100.9:443" in incoming


def test_a_container_and_this_machine_go_through_dockers_forwarder() -> None:
    text = rules("everywhere")
    assert 'iifname "br-*" meta nfproto ipv4 fib daddr type local tcp dport 443 redirect to :32768' in text
    assert "ip daddr 127.0.0.0/8 meta nfproto ipv4 fib daddr type local tcp dport 443 redirect to :32768" in text
    assert "ip daddr 127.0.0.1 tcp dport 8443 dnat ip to 127.0.0.1:32768" in rules("here alone")


def test_over_ipv6_too() -> None:
    assert "meta nfproto ipv6 fib daddr type local tcp dport 443 redirect to :32768" in rules("IPv6")
    assert "ip6 daddr 2001:db8::7 tcp dport 443 dnat ip6 to [2001:db8::7]:32768" in rules("one IPv6 address")


def test_they_take_the_place_of_those_before_at_once() -> None:
    assert rules("IPv6").startswith("table inet smarter_net_standby\ndelete table inet smarter_net_standby\n")
