"""What a container reaches of the machine that it runs on, with the ruleset in a real kernel: namespaces stand in for
containers and for the outside, bridges are called as Docker calls them. Docker's own are in tests/server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from config.render.nftables import TABLE, render
from tests.config.stacks import topology
from tests.rig.servers.firewall import SCAN
from tests.rig.servers.space import Space
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = ("nft", "ip", "unshare", "nsenter")
SYSTEM_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not all(shutil.which(each, path=SYSTEM_PATH) for each in TOOLS),
    reason="needs Linux, root, nft and ip",
)

BRIDGE, DEFAULT, GATEWAY = "br-0123456789ab", "docker0", "docker_gwbridge"
PORTS = (22, 80, 443, 2377, 7946, 8081)
"""What listens on the machine: its SSH server, the proxy, the swarm, a program of its own."""
PUBLISHED = {80, 443}
OWN = ("172.18.0.1", "172.17.0.1", "172.19.0.1", "198.51.100.11", "fd00:18::1", "2001:db8:77::11")
"""The machine's addresses: of the container's bridge, of Docker's others, the public ones, over IPv6 as well."""
GROUPS = ("172.18.255.255", "255.255.255.255", "ff02::1%eth0", "fd00:18::")
"""What it listens to besides: a network's, every machine's of a link, any router's."""
LISTEN = """
import select, socket, sys
sockets = []
for port in map(int, sys.argv[1:]):
    sockets.append(socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True))
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    datagrams.bind(("::", port))
    sockets.append(datagrams)
print("listening", flush=True)
while True:
    for ready in select.select(sockets, [], [])[0]:
        if ready.type == socket.SOCK_STREAM:
            ready.accept()[0].close()
        else:
            print("heard", ready.recvfrom(99)[0].decode(), flush=True)
"""
SEND = """
import socket, sys
for address in sys.argv[1:]:
    sending = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sending.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sending.sendto(address.encode(), socket.getaddrinfo(address, 7946)[0][4])
"""


class Rig:
    """A machine with two containers on one bridge, and the outside."""

    def __init__(self) -> None:
        self.spaces = [Space() for _ in range(4)]
        self.machine, self.container, self.neighbour, self.outside = self.spaces
        self.machine.shell(f"""
            for bridge in {BRIDGE} {DEFAULT} {GATEWAY}; do
                ip link add "$bridge" type bridge
                ip link set "$bridge" up
            done
            ip address add 172.18.0.1/16 brd + dev {BRIDGE}
            ip address add fd00:18::1/64 dev {BRIDGE} nodad
            ip address add 172.17.0.1/16 dev {DEFAULT}
            ip address add 172.19.0.1/16 dev {GATEWAY}
            echo 1 >/proc/sys/net/ipv4/ip_forward
            echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
        """)
        self._wire(self.container, "veth1", BRIDGE, "172.18.0.2/16", "fd00:18::2/64")
        self._wire(self.neighbour, "veth2", BRIDGE, "172.18.0.3/16", "fd00:18::3/64")
        for space in (self.container, self.neighbour):
            space.shell("ip route add default via 172.18.0.1; ip -6 route add default via fd00:18::1")
        self._wire(self.outside, "eth0", "", "198.51.100.1/24", "2001:db8:77::1/64")
        self.machine.shell("ip address add 198.51.100.11/24 dev eth0; ip address add 2001:db8:77::11/64 dev eth0 nodad")
        self.outside.run("ip", "route", "add", "172.18.0.0/16", "via", "198.51.100.11")
        self.outside.run("ip", "-6", "route", "add", "fd00:18::/64", "via", "2001:db8:77::11")
        self.programs = [
            self._listen(self.machine, *PORTS), self._listen(self.neighbour, 5678), self._listen(self.outside, 8000)
        ]  # fmt: skip

    def _wire(self, space: Space, name: str, bridge: str, *addresses: str) -> None:
        peer = ("peer", "name", "eth0", "netns", str(space.pid))
        self.machine.run("ip", "link", "add", name, "type", "veth", *peer)
        self.machine.run("ip", "link", "set", name, *(("master", bridge) if bridge else ()), "up")
        for address in addresses:
            space.run("ip", "address", "add", address, *(("nodad",) if ":" in address else ("brd", "+")), "dev", "eth0")
        space.run("ip", "link", "set", "eth0", "up")

    def _listen(self, space: Space, *ports: int) -> subprocess.Popen[str]:
        line = [*space.enter, sys.executable, "-c", LISTEN, *map(str, ports)]
        program = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert program.stdout
        assert program.stdout.readline() == "listening\n"
        return program

    def open(self, space: Space, address: str, *ports: int) -> set[int]:
        """The ports that accept a connection from there."""
        return set(map(int, space.run(sys.executable, SCAN, "tcp", address, *map(str, ports or PORTS)).stdout.split()))

    def heard(self, *addresses: str) -> set[str]:
        """Which datagrams that the container sends to those addresses a program of the machine gets."""
        # A machine says only after up to a second that it has a router's address: another one may be first.
        shown = self.machine.run("ip", "-o", "link", "show", "dev", BRIDGE).stdout
        bridge = shown.partition("link/ether ")[2].split()[0]
        self.container.run("ip", "-6", "neigh", "replace", "fd00:18::", "lladdr", bridge, "dev", "eth0")
        # What the machine sends to itself gets through under any ruleset, and comes last.
        self.container.run(sys.executable, "-c", SEND, *addresses)
        self.machine.run(sys.executable, "-c", SEND, "127.0.0.1")
        got: set[str] = set()
        assert self.programs[0].stdout
        while (line := self.programs[0].stdout.readline().split()) != ["heard", "127.0.0.1"]:
            got.add(line[1])
        return got

    @property
    def link_local(self) -> str:
        """The bridge's address on the link, as the container writes it."""
        shown = self.machine.run("ip", "-6", "-o", "address", "show", "dev", BRIDGE, "scope", "link").stdout
        return f"{shown.split()[3].partition('/')[0]}%eth0"

    def close(self) -> None:
        """End it."""
        for program in self.programs:
            program.kill()
            program.communicate()
        for space in self.spaces:
            space.close()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    rig = Rig()
    # An address of a link is tentative for a moment.
    until(lambda: rig.open(rig.container, rig.link_local) == {*PORTS}, "the link's own addresses answer")
    yield rig
    rig.close()


@pytest.fixture
def _closed(rig: Rig) -> Iterator[None]:
    firewall = topology("prod").firewall
    assert firewall is not None
    rig.machine.run("nft", "-f", "-", stdin=render(firewall))
    # The first packet to each machine asks for its address again.
    for space in rig.spaces:
        space.shell("ip neigh flush all")
    yield
    rig.machine.run("nft", "delete", "table", *TABLE.split())


def test_without_the_firewall_a_container_reaches_all_of_it(rig: Rig) -> None:
    """What makes the tests below worth something."""
    for address in (*OWN, rig.link_local):
        assert rig.open(rig.container, address) == {*PORTS}, address
    assert rig.heard(*OWN[:2], *GROUPS) == {*OWN[:2], *GROUPS}


@pytest.mark.usefixtures("_closed")
def test_a_container_reaches_what_is_published_and_nothing_else_of_the_machine(rig: Rig) -> None:
    for address in (*OWN, rig.link_local):
        assert rig.open(rig.container, address) == PUBLISHED, address
    assert rig.heard(*OWN[:2], *GROUPS) == set()


@pytest.mark.usefixtures("_closed")
def test_containers_reach_each_other_and_the_outside_and_answer_the_machine(rig: Rig) -> None:
    for address in ("172.18.0.3", "fd00:18::3"):
        assert rig.open(rig.container, address, 5678) == {5678}
        assert rig.open(rig.machine, address, 5678) == {5678}
    for address in ("198.51.100.1", "2001:db8:77::1"):
        assert rig.open(rig.container, address, 8000) == {8000}


@pytest.mark.usefixtures("_closed")
def test_the_outside_is_kept_from_both(rig: Rig) -> None:
    for address in ("198.51.100.11", "2001:db8:77::11"):
        assert rig.open(rig.outside, address) == PUBLISHED
    for address in ("172.18.0.3", "fd00:18::3"):
        assert rig.open(rig.outside, address, 5678) == set()
