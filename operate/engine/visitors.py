"""What a plan means for visitors: each rollout in it, its kind, and how long requests wait.

Made from the engine's own events of a preview, so that it says neither more nor less than the plan itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.topology.model import SshHost
from config.topology.service import Order, Protocol
from host.history import last_hold
from host.names import COMMAND, CONTAINER, Role
from host.program.proxy import detour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.topology.model import Topology
    from config.topology.service import ServiceSpec
    from operate.engine.events import Operations

JSON = dict[str, Any]
GAP = "new connections are refused for about a second"


def interruptions(changed: Operations, topology: Topology, history: Iterable[JSON]) -> list[tuple[str, str]]:
    """(service, what its visitors notice) for everything that the plan moves, the proxy first."""
    proxy = topology.proxy.name
    lines = []
    known = list(history)
    of_proxy = changed.get((CONTAINER, proxy), set())
    if "delete-replaced" in of_proxy or "replace" in of_proxy:
        lines.append((proxy, f"replaced: {_replaced(changed, topology)}"))
    elif (COMMAND, Role.CONFIG.of(proxy)) in changed and "create" not in of_proxy:
        lines.append((proxy, "new config: no interruption, open streams stay"))
    for service in topology.running:
        operations_on = changed.get((COMMAND, Role.ROLLOUT.of(service.name)))
        if operations_on:
            lines.append((service.name, _service(service, changed, known)))
    return [*lines, *_stopped(changed, topology)]


def _replaced(changed: Operations, topology: Topology) -> str:
    """What is noticed of another container of the proxy: nothing where the host can lead connections elsewhere."""
    if (COMMAND, Role.PREFLIGHT.of(topology.proxy.name)) not in changed:
        return GAP
    if isinstance(topology.host, SshHost) or detour.possible():
        return "a second one answers meanwhile, no request is lost; open streams end and can come back"
    return f"{GAP}; as root, with nft installed, a second one would answer meanwhile"


def _stopped(changed: Operations, topology: Topology) -> Iterator[tuple[str, str]]:
    """Services whose container goes for good: only planned from now on, or no longer named in the stack file."""
    running = {topology.proxy.name, *(service.name for service in topology.running)}
    planned = {service.name for service in topology.services} - running
    for (type_, name), operations_on in changed.items():
        if type_ == CONTAINER and operations_on == {"delete"} and name not in running:
            then = "its sites answer 503" if name in planned else "the stack file does not name it"
            yield name, f"stopped and its container removed, {then}; its volumes stay"


def _service(service: ServiceSpec, changed: Operations, history: list[JSON]) -> str:
    of_container = changed.get((CONTAINER, service.name), set())
    if not of_container:
        return "looked at again; a container that serves stays"
    if of_container == {"create"}:
        return "first start"
    if service.rollout.order is Order.ROLLING:
        return "rolling update: no interruption"
    away = last_hold(history, service.name)
    if service.protocol is not Protocol.HTTP:
        expected = f" for ≈ {away} s, as last time" if away is not None else ""
        return f"recreate: its connections end, and new ones are refused{expected}"
    expected = f"for ≈ {away} s, as last time" if away is not None else f"for {service.rollout.hold} at most"
    return f"recreate: requests queue {expected}"
