"""`make forget`: a lost server, or a lost daemon of this machine, is taken out of the engine's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.errors import OperatorError
from operate.engine.edited import without_host
from operate.inspect import deployed_on
from operate.inspect.deployed_on import LOCAL
from operate.inspect.elsewhere import elsewhere, provider_of
from operate.prepare import prepare
from operate.terminal import console

if TYPE_CHECKING:
    from operate.stack import Stack


def forget(stack: Stack, address: str) -> int:
    """Take all that is on a lost server out of the state; what is elsewhere, such as DNS records, stays in it."""
    engine, daemon = prepare(stack, images=False, any_daemon=True)
    known = elsewhere(engine.state(), stack.topology.host, daemon)
    if daemon.identity and deployed_on.other_folder(stack.root, daemon):
        known.add(LOCAL)
    if address not in known:
        others = ", ".join(sorted(known)) or "none"
        raise OperatorError(
            f"SERVER={address}: the state knows no such server besides the stack's own; known: {others}"
        )
    recorded = engine.state().everything
    gone = engine.change_state(lambda deployment: without_host(deployment, provider_of(address))) if recorded else 0
    if address == LOCAL and daemon.identity:
        deployed_on.drop(stack.root)
    where = "the other daemon" if address == LOCAL else address
    console.print(f"{stack.name}: {gone} resources on {where} forgotten; `make up` makes them again")
    return 0
