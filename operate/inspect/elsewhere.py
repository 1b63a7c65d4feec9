"""What the engine's state knows of a server, or of a daemon of this machine, that is not the stack's any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.errors import OperatorError
from host.names import Part, docker_provider
from operate.inspect import deployed_on
from operate.inspect.deployed_on import LOCAL

if TYPE_CHECKING:
    from config.topology.model import LocalHost
    from host.daemon import Daemon
    from operate.engine.state import State
    from operate.stack import Stack

NAME = f"::{docker_provider(Part.HOST)}"
"""How a Docker provider's URN ends, on a server with its address behind it."""


def elsewhere(state: State, host: LocalHost | SshHost, daemon: Daemon) -> set[str]:
    """Addresses of other servers that the state knows resources on; `local` for another daemon of this machine."""
    known = {_address(urn) for urn in state.docker_providers() if NAME in urn}
    if isinstance(host, SshHost):
        return known - {host.address}
    known.discard(LOCAL)
    return known | ({LOCAL} if deployed_on.other_state(state, daemon) else set())


def _address(urn: str) -> str:
    return urn.rpartition(NAME)[2].removeprefix("-") or LOCAL


def refuse(state: State, stack: Stack, daemon: Daemon) -> None:
    """OperatorError if the state knows another machine: what is there would be left behind without a word."""
    host = stack.topology.host
    for address in sorted(elsewhere(state, host, daemon)):
        if not isinstance(host, SshHost) and address == LOCAL:
            deployed_on.refuse(stack.name, deployed_on.other_state(state, daemon))
        where, key = ("this machine", "host.connection") if address == LOCAL else (address, "host.address")
        raise OperatorError(
            f"{key}: the stack is on {where} so far; to move it, set that {key.partition('.')[2]} again and run "
            f"`make down` and `make backup`; if that server is lost, run `make forget SERVER={address}`"
        )


def provider_of(address: str) -> str:
    """How the URN of the Docker provider of that server ends; of the daemon of this machine's, for `local`."""
    return NAME if address == LOCAL else f"{NAME}-{address}"
