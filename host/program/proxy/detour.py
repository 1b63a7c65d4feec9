"""Leads new connections to the published ports to another proxy, for as long as the rules are there.

A table of its own, in front of Docker's rules. The kernel keeps to each connection what it decided on its first packet:
those that are there stay with the proxy that they have. Clients from elsewhere keep their address. What comes from this
machine itself, from a container, or over IPv6 goes through Docker's own forwarder, as it does without the rules.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Failed
from ..text import first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .asked import Published

TABLE = "inet smarter_net_standby"
BRIDGES = ("docker0", "docker_gwbridge", "br-*", "veth*")
"""What Docker calls the bridges of its networks and the containers' ends."""
BEFORE_DOCKER = -110
"""The priority of the rules; Docker's have -100, and the first that names a target decides."""
SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


@dataclass(frozen=True)
class Lead:
    """Where connections to one published port go."""

    published: Published
    container: str
    """IPv4 address of the other proxy, as this machine reaches it."""
    forwarder: int
    """Port on which Docker forwards to it, at the published address."""

    def rules(self) -> tuple[list[str], list[str]]:
        """Of what comes to this machine, and of what begins on it."""
        port = f"tcp dport {self.published.port}"
        if ":" in self.published.bare:
            line = f"meta nfproto ipv6 {self._here('ip6')} {port} {self._forward('ip6')}"
            return [line], [line]
        here = f"meta nfproto ipv4 {self._here('ip')} {port}"
        forward = f"{here} {self._forward('ip')}"
        straight = f"{here} dnat ip to {self.container}:{self.published.inside}"
        of_itself = f"ip daddr 127.0.0.0/8 {forward}"
        return [*(f'iifname "{bridge}" {forward}' for bridge in BRIDGES), straight], [of_itself, straight]

    def _here(self, family: str) -> str:
        return "fib daddr type local" if self._anywhere else f"{family} daddr {self.published.bare}"

    def _forward(self, family: str) -> str:
        to = f":{self.forwarder}"
        return f"redirect to {to}" if self._anywhere else f"dnat {family} to {self.published.address}{to}"

    @property
    def _anywhere(self) -> bool:
        return self.published.bare in {"0.0.0.0", "::"}  # noqa: S104  what is compared binds nothing


def render(leads: Sequence[Lead]) -> str:
    """The ruleset. It replaces the table as a whole, in one transaction: the first two lines make that repeatable."""
    rules = [lead.rules() for lead in leads]
    return "\n".join([
        f"table {TABLE}",
        f"delete table {TABLE}",
        f"table {TABLE} {{",
        *_chain("incoming", "prerouting", [line for incoming, _ in rules for line in incoming]),
        *_chain("outgoing", "output", [line for _, outgoing in rules for line in outgoing]),
        "}",
    ]) + "\n"  # fmt: skip


def _chain(name: str, hook: str, rules: Sequence[str]) -> Iterator[str]:
    yield f"    chain {name} {{"
    yield f"        type nat hook {hook} priority {BEFORE_DOCKER};"
    yield from (f"        {rule}" for rule in rules)
    yield "    }"


def possible() -> bool:
    """Whether this process may change the kernel's rules, and has the program for it."""
    return not os.getuid() and _nft() is not None


def lead(leads: Sequence[Lead]) -> None:
    """Have new connections go there, at once or not at all; Failed in nft's words."""
    done = subprocess.run([_nft() or "nft", "-f", "-"], input=render(leads).encode(), capture_output=True, check=False)
    if done.returncode:
        raise Failed(f"nft: {first(done.stderr.decode('utf-8', 'replace'))}")


def end() -> None:
    """New connections go where Docker leads them. Those that are there stay where they are.

    The empty chains stay for them: without any of this kind the kernel forgets, over IPv6, what it has decided.
    """
    _do("flush")


def remove() -> None:
    """Leave nothing. What was led here and is still there ends."""
    _do("delete")


def _do(what: str) -> None:
    if possible():
        subprocess.run([_nft() or "nft", what, "table", *TABLE.split()], capture_output=True, check=False)


def _nft() -> str | None:
    return shutil.which("nft", path=SYSTEM_PATH)
