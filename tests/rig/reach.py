"""What a compromised container reaches: every port that the others and the server listen on, tried from inside it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from host.listeners import SCRIPT, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.servers.server import Server

SERVER = "server"
LISTENING = """
import json
LISTEN, LOOPBACK = "0A", ("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000")
ports = set()
for table in ("/proc/net/tcp", "/proc/net/tcp6"):
    for line in open(table).read().splitlines()[1:]:
        address, _, port = line.split()[1].partition(":")
        if line.split()[3] == LISTEN and address not in LOOPBACK and not address.endswith("7F"):
            ports.add(int(port, 16))
print(json.dumps(sorted(ports)))
"""
"""Prints the ports that are open to others, in the network namespace that it runs in."""
TRIES = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def connects(target):
    try:
        socket.create_connection(target, timeout=2).close()
    except OSError:
        return False
    return True

targets = json.load(sys.stdin)
with ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps(list(pool.map(connects, targets))))
"""
"""Reads addresses and ports; prints which of them accept a connection."""


class Reach:
    """The running containers of a server, and the server itself, as each of the containers sees them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._containers = {
            found["Config"]["Labels"]["smarter-net.service"]: found
            for found in server.dockerd.containers()
            if "smarter-net.service" in (found["Config"]["Labels"] or {})
        }

    def table(self) -> str:
        """A line for each container: what it reaches, `name:port` each, sorted. Not itself."""
        targets = sorted(self._targets())
        lines = [f"{name}: {' '.join(self._reached(name, targets)) or 'nothing'}" for name in sorted(self._containers)]
        return "\n".join([*lines, ""])

    def _reached(self, name: str, targets: list[tuple[str, str, int]]) -> list[str]:
        others = [target for target in targets if target[0] != name]
        asked = json.dumps([(address, port) for _, address, port in others])
        answers = json.loads(self._inside(name, TRIES, asked))
        return sorted({f"{target}:{port}" for (target, _, port), open_ in zip(others, answers, strict=True) if open_})

    def _targets(self) -> Iterator[tuple[str, str, int]]:
        """Name, address and port of whatever listens, at each address that it has."""
        for name, found in self._containers.items():
            ports = json.loads(self._inside(name, LISTENING))
            for network in found["NetworkSettings"]["Networks"].values():
                yield from ((name, network["IPAddress"], port) for port in ports)
        listening = {each.port for each in parsed(self._server.run("sh", "-c", SCRIPT).stdout)}
        shown = json.loads(self._server.run("ip", "-json", "-4", "address").stdout)
        addresses = [each["local"] for link in shown for each in link["addr_info"] if link["ifname"] != "lo"]
        yield from ((SERVER, address, port) for address in addresses for port in listening)

    def _inside(self, name: str, program: str, stdin: str = "") -> str:
        """What a program of this machine's Python prints in the container's network."""
        namespace = f"--net=/proc/{self._containers[name]['State']['Pid']}/ns/net"
        line = ["nsenter", namespace, sys.executable, "-IS", "-c", program]
        return subprocess.run(line, input=stdin, capture_output=True, text=True, check=True).stdout
