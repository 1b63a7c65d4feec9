"""What the engine's state knows of a server, or of a daemon of this machine, that is not the stack's any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.topology.model import SshHost
from host.errors import OperatorError
from host.names import COMMAND, DOCKER_PROVIDER, Part, docker_provider
from operate.inspect import deployed_on
from operate.inspect.deployed_on import LOCAL

if TYPE_CHECKING:
    from config.topology.model import LocalHost
    from host.daemon import Daemon
    from operate.stack import Stack

JSON = dict[str, Any]

PROVIDERS = "pulumi:providers:"
NAME = f"::{docker_provider(Part.HOST)}"
"""How a Docker provider's URN ends, on a server with its address behind it."""


def elsewhere(state: JSON, host: LocalHost | SshHost, daemon: Daemon) -> set[str]:
    """Addresses of other servers that the state knows resources on; `local` for another daemon of this machine."""
    providers = (found["urn"] for found in state.get("resources", []) if found["type"] == DOCKER_PROVIDER)
    known = {_address(urn) for urn in providers if NAME in urn}
    if isinstance(host, SshHost):
        return known - {host.address}
    known.discard(LOCAL)
    return known | ({LOCAL} if deployed_on.other_state(state, daemon) else set())


def _address(urn: str) -> str:
    return urn.rpartition(NAME)[2].removeprefix("-") or LOCAL


def refuse(state: JSON, stack: Stack, daemon: Daemon) -> None:
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


def without(state: JSON, address: str) -> JSON:
    """The state without the server's Docker resources, and without what was run on it.

    Where that leaves components and providers alone, they go as well: a state that knows resources and no container is
    taken for that of a first run that was cut short, whose containers may be removed.
    """
    there = NAME if address == LOCAL else f"{NAME}-{address}"

    def lost(resource: JSON) -> bool:
        # A provider is referred to by its URN and, behind `::`, its id.
        provider = str(resource.get("provider", "")).rpartition("::")[0]
        return resource["urn"].endswith(there) or provider.endswith(there) or resource["type"] == COMMAND

    resources: list[JSON] = state.get("resources", [])
    gone = {found["urn"] for found in resources if lost(found)}
    kept = [_independent(found, gone) for found in resources if not lost(found)]
    if not any(found.get("id") and not found["type"].startswith(PROVIDERS) for found in kept):
        kept = []
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
