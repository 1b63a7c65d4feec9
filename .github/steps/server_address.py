"""Prints the address of a stack's server, nothing for a local stack. An address that is the example's is an error."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

from config.stackfile.host_settings import SshHostSettings
from config.stackfile.read import read_stack_file
from config.stackfile.settings import Settings
from config.values.errors import StackError

EXAMPLES = [ipaddress.ip_network(block) for block in ("192.0.2.0/24", "203.0.113.0/24")]
"""Addresses for documentation (RFC 5737) that the stack files come with. The third such block is that of the tests."""


def server(file: Path) -> str:
    """Return the address; StackError if the stack file is wrong, or is still the example."""
    host = Settings.parse(read_stack_file(file).raw).host
    if not isinstance(host, SshHostSettings):
        return ""
    address = str(host.address)
    if any(ipaddress.ip_address(address) in block for block in EXAMPLES):
        raise StackError("host.address", f"{address} is an example", f"put the server's own address into {file.name}")
    return address


def main() -> int:
    """`server_address.py STACK`."""
    try:
        print(server(Path(f"Pulumi.{sys.argv[1]}.yaml")), end="")
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
