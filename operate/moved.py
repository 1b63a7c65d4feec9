"""What the engine's state knows of a server that is not the stack's any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.topology import SshHost
from operate.errors import OperatorError
from operate.prepare import console, prepare

if TYPE_CHECKING:
    from config.topology import LocalHost
    from operate.stack import Stack

JSON = dict[str, Any]

PROVIDER = "pulumi:providers:docker"
NAME = "::host-docker-"
"""What stands before the address in a Docker provider's URN; `components.host` names it."""
COMMAND = "command:local:Command"


def elsewhere(state: JSON, host: LocalHost | SshHost) -> set[str]:
    """Addresses of other servers that the state knows resources on."""
    providers = (found["urn"] for found in state.get("resources", []) if found["type"] == PROVIDER)
    known = {urn.rpartition(NAME)[2] for urn in providers if NAME in urn}
    return known - {host.address} if isinstance(host, SshHost) else known


def refuse(state: JSON, host: LocalHost | SshHost) -> None:
    """OperatorError if the state knows another server: the data there would be left behind without a word."""
    for address in sorted(elsewhere(state, host)):
        raise OperatorError(
            f"host.address: the stack is on {address} so far; to move it, set that address again and run "
            f"`make down` and `make backup`; if that server is lost, run `make forget SERVER={address}`"
        )


def forget(stack: Stack, address: str) -> int:
    """Take all that is on a lost server out of the state; what is elsewhere, such as DNS records, stays in it."""
    engine, _ = prepare(stack, images=False)
    known = elsewhere(engine.state(), stack.topology.host)
    if address not in known:
        others = ", ".join(sorted(known)) or "none"
        raise OperatorError(
            f"SERVER={address}: the state knows no such server besides the stack's own; known: {others}"
        )
    gone = engine.change_state(lambda state: without(state, address))
    console.print(f"{stack.name}: {gone} resources on {address} forgotten; `make up` makes them anew")
    return 0


def without(state: JSON, address: str) -> JSON:
    """The state without the server's Docker resources, and without what was run on it."""
    there = f"{NAME}{address}"

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
