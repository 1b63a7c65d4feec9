"""What the engine's state knows of a server, or of a daemon of this machine, that is not the stack's any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.topology import SshHost
from operate import identity
from operate.errors import OperatorError
from operate.identity import LOCAL
from operate.prepare import console, prepare

if TYPE_CHECKING:
    from config.topology import LocalHost
    from operate.daemon import Daemon
    from operate.stack import Stack

JSON = dict[str, Any]

PROVIDER = "pulumi:providers:docker"
NAME = "::host-docker"
"""How a Docker provider's URN ends, on a server with its address behind it; `components.host` names it."""
COMMAND = "command:local:Command"


def elsewhere(state: JSON, host: LocalHost | SshHost, daemon: Daemon) -> set[str]:
    """Addresses of other servers that the state knows resources on; `local` for another daemon of this machine."""
    providers = (found["urn"] for found in state.get("resources", []) if found["type"] == PROVIDER)
    known = {_address(urn) for urn in providers if NAME in urn}
    if isinstance(host, SshHost):
        return known - {host.address}
    known.discard(LOCAL)
    return known | ({LOCAL} if identity.other_state(state, daemon) else set())


def _address(urn: str) -> str:
    return urn.rpartition(NAME)[2].removeprefix("-") or LOCAL


def refuse(state: JSON, stack: Stack, daemon: Daemon) -> None:
    """OperatorError if the state knows another machine: what is there would be left behind without a word."""
    host = stack.topology.host
    for address in sorted(elsewhere(state, host, daemon)):
        if not isinstance(host, SshHost) and address == LOCAL:
            identity.refuse(stack.name, identity.other_state(state, daemon))
        where, key = ("this machine", "host.connection") if address == LOCAL else (address, "host.address")
        raise OperatorError(
            f"{key}: the stack is on {where} so far; to move it, set that {key.partition('.')[2]} again and run "
            f"`make down` and `make backup`; if that server is lost, run `make forget SERVER={address}`"
        )


def forget(stack: Stack, address: str) -> int:
    """Take all that is on a lost server out of the state; what is elsewhere, such as DNS records, stays in it."""
    engine, daemon = prepare(stack, images=False, any_daemon=True)
    known = elsewhere(engine.state(), stack.topology.host, daemon)
    if daemon.identity and identity.other_folder(stack.root, daemon):
        known.add(LOCAL)
    if address not in known:
        others = ", ".join(sorted(known)) or "none"
        raise OperatorError(
            f"SERVER={address}: the state knows no such server besides the stack's own; known: {others}"
        )
    recorded = engine.state().get("resources")
    gone = engine.change_state(lambda state: without(state, address)) if recorded else 0
    if address == LOCAL and daemon.identity:
        identity.drop(stack.root)
    where = "the other daemon" if address == LOCAL else address
    console.print(f"{stack.name}: {gone} resources on {where} forgotten; `make up` makes them again")
    return 0


def without(state: JSON, address: str) -> JSON:
    """The state without the server's Docker resources, and without what was run on it."""
    there = NAME if address == LOCAL else f"{NAME}-{address}"

    def lost(resource: JSON) -> bool:
        # A provider is referred to by its URN and, behind `::`, its id.
        provider = str(resource.get("provider", "")).rpartition("::")[0]
        return resource["urn"].endswith(there) or provider.endswith(there) or resource["type"] == COMMAND

    resources: list[JSON] = state.get("resources", [])
    gone = {found["urn"] for found in resources if lost(found)}
    kept = [_independent(found, gone) for found in resources if not lost(found)]
    pending = [found for found in state.get("pending_operations") or [] if not lost(found["resource"])]
    return {**state, "resources": kept, "pending_operations": pending}


def _independent(resource: JSON, gone: set[str]) -> JSON:
    """A resource that depends on none of those that are gone."""
    changed = dict(resource)
    if "dependencies" in resource:
        changed["dependencies"] = [urn for urn in resource["dependencies"] if urn not in gone]
    if "propertyDependencies" in resource:
        changed["propertyDependencies"] = {
            key: [urn for urn in urns or [] if urn not in gone]
            for key, urns in resource["propertyDependencies"].items()
        }
    return changed
