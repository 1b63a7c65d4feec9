"""`make tunnel`: a service's port on this machine, past the proxy, until Ctrl-C."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.topology.service import Protocol
from host.errors import OperatorError
from host.inside.forward import LOOPBACK, Forward
from operate.inspect.current import current
from operate.stack import refuse_idle

if TYPE_CHECKING:
    from host.docker_objects import Container
    from operate.stack import Stack

HIGHEST = 65535


def tunnel(stack: Stack, service: str, port: str = "") -> int:
    """Lead a port of 127.0.0.1 to the service's container. `port`: here, or here:there; else the service's own."""
    refuse_idle(service, stack)
    if service == stack.topology.proxy.name:
        raise OperatorError(f"SERVICE={service}: its ports are open already; name a service behind it")
    spec = stack.topology.service(service)
    here, there = ports(port, spec.port)
    daemon, container = current(stack, service)
    address = address_of(container)
    scheme = "http://" if spec.protocol is Protocol.HTTP else ""

    def ready() -> None:
        leads = f"leads to port {there} of {container.name}, until Ctrl-C"
        print(f"{service}: {scheme}{LOOPBACK}:{here} {leads}", flush=True)

    def find() -> str:
        return address_of(current(stack, service)[1])

    Forward(daemon.machine, address, find, here=here, there=there).run(ready)
    return 0


def address_of(container: Container) -> str:
    """Where its host reaches a container; OperatorError if it is on no network."""
    if not container.address:
        raise OperatorError(f"{container.service}: its container is on no network; `make up` puts it on its own")
    return container.address


def ports(asked: str, own: int) -> tuple[int, int]:
    """The port here and the one there, of what the operator types; OperatorError if they are none."""
    found = re.fullmatch(r"([0-9]{1,5})(?::([0-9]{1,5}))?", asked or str(own))
    numbers = (int(found[1]), int(found[2] or own)) if found else (0, 0)
    if not all(0 < number <= HIGHEST for number in numbers):
        raise OperatorError(f"PORT={asked}: is no port; write 8080, or 8080:9000 for another port of the container's")
    return numbers
