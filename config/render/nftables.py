"""What a server lets in, as an nftables ruleset.

One table of its own, which looks at a packet before Docker rewrites where it goes. So it covers what Docker publishes
too, over IPv4 and IPv6, which rules on INPUT do not; it can only close, never open what another table drops; and
no other table is touched. Ports are the public ones.

Containers reach each other and the outside. The machine itself is as closed to them as to strangers, at each of its own
addresses: the bridges' and the public ones, and those of a group or a whole network, which it would listen to as well.
The published ports are open to them too: a service may call another one's site.

Pure: the same topology gives the same bytes. `host/scripts/firewall.sh` loads them.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.topology.model import FirewallSpec

TABLE = "inet smarter_net"
ITSELF = "lo"
BRIDGES = ("docker0", "docker_gwbridge", "br-*", "veth*")
"""What Docker calls the bridges of its networks and the containers' ends."""
FROM_BRIDGES = "containers to all that listens on the server"

METADATA = ("169.254.169.254", "168.63.129.16")
METADATA6 = ("fd00:ec2::254",)
"""Where a cloud tells a machine about itself, keys and the script it was set up with among it: AWS, Google, Hetzner,
DigitalOcean, Azure. A service needs none of it; name servers answer at some of them too."""
PING = "echo-request"
ERRORS = ("destination-unreachable", "time-exceeded", "parameter-problem")
ERRORS6 = ("destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem")
NEIGHBOURS = (
    "nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-advert", "nd-router-solicit", "nd-redirect",
    "mld-listener-query",
)  # fmt: skip
"""IPv6's way to find the next machine; without them it stops within a minute."""


def render(firewall: FirewallSpec) -> str:
    """The ruleset. It replaces the table as a whole, in one transaction: the first two lines make that repeatable."""
    sources = _sources(firewall.ssh_from)
    published = [f"        tcp dport {_set(firewall.open_ports)} accept"] if firewall.open_ports else []
    return "\n".join([
        f"table {TABLE}",
        f"delete table {TABLE}",
        f"table {TABLE} {{",
        *(f"    set {name} {{ type {kind}; flags interval; elements = {_set(of)}; }}" for name, kind, _, of in sources),
        "    chain incoming {",
        "        type filter hook prerouting priority mangle; policy drop;",
        *(f'        iifname "{name}" accept' for name in (ITSELF, *firewall.interfaces)),
        *(f'        iifname "{name}" jump containers' for name in BRIDGES),
        "        ct state established,related accept",
        "        ct state invalid drop",
        f"        icmp type {_set((PING, *ERRORS))} accept",
        f"        icmpv6 type {_set((PING, *ERRORS6, *NEIGHBOURS))} accept",
        # Answers to this machine's own DHCP; they come to an address that it does not have yet.
        "        udp sport 67 udp dport 68 accept",
        "        ip6 saddr fe80::/10 udp dport 546 accept",
        # No packet is routed through this machine to a container's own address.
        "        fib daddr type != local counter drop",
        *(f"        {family} saddr @{name} tcp dport {firewall.ssh_port} accept" for name, _, family, _ in sources),
        *published,
        "        counter drop",
        "    }",
        "    chain containers {",
        *(
            f"        {family} daddr {_set(those)} meta l4proto {{ tcp, udp }} th dport != 53 counter drop"
            for family, those in (("ip", METADATA), ("ip6", METADATA6))
        ),
        "        fib daddr type != { local, broadcast, anycast, multicast } accept",
        # Such as the proxy's answers to a health check of this machine's own.
        "        ct state established,related accept",
        f"        icmp type {PING} accept",
        f"        icmpv6 type {_set((PING, *NEIGHBOURS[:2]))} accept",
        *published,
        "        counter drop",
        "    }",
        "}",
    ]) + "\n"  # fmt: skip


def read(ruleset: str) -> dict[str, set[str]]:
    """What a ruleset of `render` lets in, by the stack file's keys, `ports` and Docker's bridges; nothing if empty."""
    sources = re.findall(r"set ssh[46] \{.*elements = \{ (.*?) \}", ruleset)
    ports = re.findall(r"^ +tcp dport \{ (.*?) \} accept", ruleset, re.MULTILINE)
    trusted = set(re.findall(r'iifname "(.*?)" accept', ruleset))
    return {
        "ssh-from": {each for found in sources for each in found.split(", ")},
        "interfaces": trusted - {ITSELF, *BRIDGES},
        # A ruleset of an older version let in all that a container sent.
        "Docker's bridges": {FROM_BRIDGES} if trusted.intersection(BRIDGES) else set(),
        "ports": {each for found in ports for each in found.split(", ")},
    }


def _sources(addresses: Iterable[str]) -> list[tuple[str, str, str, list[str]]]:
    """The sets of who may log in: name, type, family, elements. An empty one is a syntax error, so it is left out."""
    networks = [ipaddress.ip_network(address) for address in addresses]
    four = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv6Network))
    sets = [
        ("ssh4", "ipv4_addr", "ip", [str(network) for network in four]),
        ("ssh6", "ipv6_addr", "ip6", [str(network) for network in six]),
    ]
    return [found for found in sets if found[3]]


def _set(elements: Iterable[object]) -> str:
    return f"{{ {', '.join(map(str, elements))} }}"
