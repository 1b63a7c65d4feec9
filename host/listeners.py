"""Programs that listen on a server for others than itself, and that the stack does not know."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.topology.model import SshHost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.topology.model import Topology
    from host.daemon import Daemon

SCRIPT = (Path(__file__).parent / "scripts" / "once" / "listeners.sh").read_text(encoding="utf-8")

SWARM = (2377, 7946)
"""Docker's own in swarm mode: for managers, and between nodes."""


@dataclass(frozen=True, order=True)
class Listener:
    """One socket. `program` is empty where only root could tell."""

    port: int
    address: str
    program: str

    @property
    def private(self) -> bool:
        """Whether only the machine itself reaches it."""
        address = ipaddress.ip_address(self.address)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback


def unknown(topology: Topology, daemon: Daemon) -> Iterator[str]:
    """A line for each port that a program of the server's own listens on. What a container publishes is told elsewhere.

    Only TCP: who asks something over UDP, such as a DNS resolver, has an open port for a moment, too.
    """
    host = topology.host
    known = {*_published(daemon), *(SWARM if topology.swarm else ())}
    if isinstance(host, SshHost):
        known |= {host.port, *host.listeners}
    guard = "the firewall keeps others from it" if topology.firewall else "it is open to everybody"
    seen: set[tuple[int, str]] = set()
    for listener in sorted(parsed(daemon.machine.run(["sh", "-c", SCRIPT]).stdout)):
        # Over IPv4 and IPv6 it is the same one.
        which = (listener.port, listener.program)
        if listener.private or listener.port in known or which in seen:
            continue
        seen.add(which)
        program = listener.program or f"a program of another user's (`ss -ltnp 'sport = :{listener.port}'`)"
        yield f"port {listener.port}: {program} listens on {listener.address}, which nothing of this stack is; {guard}"


def _published(daemon: Daemon) -> set[int]:
    return {port for container in daemon.running() for port in container.bound}


def parsed(said: str) -> Iterator[Listener]:
    """What the script says: the kernel's spelling of address and port, and the program."""
    for line in said.splitlines():
        where, _, program = line.partition(" ")
        address, _, port = where.partition(":")
        yield Listener(int(port, 16), _address(bytes.fromhex(address)), program)


def _address(kernel: bytes) -> str:
    """The kernel writes each four bytes as a number of the machine's, and all that it runs on are little-endian."""
    words = (kernel[start : start + 4][::-1] for start in range(0, len(kernel), 4))
    return str(ipaddress.ip_address(b"".join(words)))
