"""The firewall's script on a server of the rig, driven over SSH as the program drives it; and what the outside sees."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from config.render.nftables import TABLE, render
from tests.config.stacks import Patch, topology
from tests.rig.servers.server import ADDRESS, ADDRESS6, Internet, Server

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).parents[3]
ROOT = "/var/lib/smarter-net/prod"
TIMER = f"{ROOT}/firewall/timer.pid"
SCAN = str(Path(__file__).with_name("scan.py"))

Result = subprocess.CompletedProcess[str]


def ruleset(patch: Patch | None = None, ssh_from: Sequence[str] = (ADDRESS, ADDRESS6)) -> str:
    """The ruleset of the prod stack, whose operator is out there."""
    firewall = topology("prod", {"firewall": {"ssh-from": list(ssh_from)}} | (patch or {})).firewall
    assert firewall is not None
    return render(firewall)


class Firewall:
    """One server's."""

    def __init__(self, internet: Internet, server: Server) -> None:
        self.internet = internet
        self.server = server
        for name in ("lib.sh", "firewall.sh"):
            text = (REPOSITORY / "host" / "scripts" / name).read_text()
            server.run("sh", "-c", f"mkdir -p {ROOT}/bin; cat >{ROOT}/bin/{name}", stdin=text)

    def call(self, *arguments: str, stdin: str = "", source: str = ADDRESS) -> Result:
        """One command of the script's, over a connection of its own."""
        line = shlex.join(["sh", f"{ROOT}/bin/firewall.sh", *arguments])
        return self.internet.ssh(self.server, line, source=source, stdin=stdin, check=False)

    def apply(self, rules: str, *arguments: str, seconds: int = 30, source: str = ADDRESS) -> Result:
        """Load a ruleset, to be confirmed within `seconds`."""
        return self.call("apply", str(seconds), *arguments, stdin=rules, source=source)

    def up(self, rules: str) -> None:
        """Load a ruleset and confirm it."""
        for result in (self.apply(rules), self.call("confirm")):
            assert result.returncode == 0, result.stderr

    def remove(self) -> None:
        """Leave nothing of it, from the server itself."""
        self.server.run("sh", f"{ROOT}/bin/firewall.sh", "remove")

    def time_is_over(self) -> None:
        """The seconds of the timer that runs, at once: its `sleep` ends."""
        self.server.run("sh", "-ec", f"timer=$(cat {TIMER}); kill $(cat /proc/$timer/task/$timer/children)")

    def timer(self) -> str:
        """The timer that would take a ruleset back, by its process; empty where there is none."""
        script = f'timer=$(cat {TIMER} 2>/dev/null) && [ -e "/proc/$timer/cmdline" ] && echo "$timer"'
        return self.server.run("sh", "-c", script, check=False).stdout.strip()

    def loaded(self) -> str:
        """The table as the kernel has it; empty if it has none."""
        return self.server.run("nft", "-s", "list", "table", *TABLE.split(), check=False).stdout

    def tcp(self, address: str, *ports: int) -> set[int]:
        """The TCP ports of an address that accept a connection from outside: of those, or of all."""
        return self._scan("tcp", address, ports)

    def udp(self, address: str, *ports: int) -> set[int]:
        """The UDP ports of those that answer."""
        return self._scan("udp", address, ports)

    def _scan(self, kind: str, address: str, ports: Sequence[int]) -> set[int]:
        found = self.internet.run(sys.executable, SCAN, kind, address, *map(str, ports))
        return set(map(int, found.stdout.split()))

    def lets_in(self, source: str) -> bool:
        """Whether that address of the outside's reaches the SSH server."""
        program = "import socket, sys; socket.create_connection((sys.argv[1], 22), 1, (sys.argv[2], 0))"
        address = self.server.address6 if ":" in source else self.server.address
        return not self.internet.run(sys.executable, "-c", program, address, source, check=False).returncode
