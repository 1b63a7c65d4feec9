"""The first meeting with a server: its host key is fetched, shown, and pinned once the operator has compared it."""

from __future__ import annotations

import base64
import hashlib
import sys
from typing import TYPE_CHECKING

from host.environment import environment
from host.errors import OperatorError
from host.run import capture, last_line
from operate.stackfile import StackFile
from operate.terminal import agreed, console

if TYPE_CHECKING:
    from operate.stack import Stack

SECONDS = 10
"""For the server to answer."""


def host_key(stack: Stack, *, fingerprint: str) -> int:
    """Write the server's key into the stack file, if it is the one with that fingerprint or the operator says so."""
    file = StackFile.read(stack.file)
    host = file.section("host")
    if host.get("connection") != "ssh" or not host.get("address"):
        raise OperatorError(f"host: {stack.file.name} names no server; write `connection: ssh` and its `address`")
    address, port = str(host["address"]), int(host.get("port", 22))
    key = fetch(address, port)
    if key == host.get("host-key"):
        console.print(f"{address}: shows the key that {stack.file.name} has, {print_of(key)}")
        return 0
    shown = print_of(key)
    console.print(f"{address} shows the key\n  [bold]{shown}[/bold]")
    console.print(
        "On the server's own console (at the provider, not over this network) this must print the same:\n"
        "  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        highlight=False,
    )
    if fingerprint:
        right = fingerprint == shown
    elif sys.stdin.isatty():
        right = agreed("Is it the same?")
    else:
        raise OperatorError(
            f"FINGERPRINT: there is no terminal to compare it at; if it is right, say FINGERPRINT={shown}"
        )
    if not right:
        raise OperatorError(f"{address}: its key is not the expected one; nothing was written")
    file.with_value("host", "host-key", key).write()
    console.print(f"{stack.file.name} has it now; commit that")
    return 0


def fetch(address: str, port: int) -> str:
    """The server's Ed25519 key, `ssh-ed25519 AAAA…`."""
    command = ["ssh-keyscan", "-T", str(SECONDS), "-t", "ed25519", "-p", str(port), address]
    scan = capture(command, environment=environment())
    for line in scan.stdout.splitlines():
        words = line.split()
        if len(words) >= 3 and words[1] == "ssh-ed25519":  # noqa: PLR2004  address, type, key
            return f"{words[1]} {words[2]}"
    why = last_line(scan.stderr, "no answer")
    raise OperatorError(f"host.address: {address} port {port} shows no host key ({why}); is it up, and the port open?")


def print_of(key: str) -> str:
    """Its fingerprint, as `ssh-keygen -l` writes it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
