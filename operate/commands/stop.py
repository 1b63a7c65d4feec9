"""`make stop`: a service ends, and the stack file says that it is meant to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from host.errors import OperatorError
from operate.commands.up import up_with
from operate.plan import besides
from operate.stack import refuse_planned
from operate.stackfile import StackFile
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operate.engine.container_changes import Change
    from operate.stack import Stack


def stop(stack: Stack, service: str, *, yes: bool) -> int:
    """Write `stopped: true` into a service's entry of the stack file, and bring it up: its container goes."""
    return written(stack, service, stopped=True, yes=yes)


def written(stack: Stack, service: str, *, stopped: bool, yes: bool) -> int:
    """Write whether a service is stopped, and bring it up; if that fails, the stack file is as it was."""
    refuse_planned(service, stack)
    if service == stack.topology.proxy.name:
        raise OperatorError(f"SERVICE={service}: every site is behind it; `make down` takes all of them away")
    spec = stack.topology.service(service)
    if spec.stopped is stopped:
        console.print(f"{stack.file.name} says so already.")
    changed = StackFile.read(stack.file).with_stopped(service, stopped=stopped)
    sites = [f"site {site.host}" for site in stack.topology.sites if service in site.services]
    expected = {service, "proxy", f"port {spec.direct_port}", *sites}
    return up_with(stack, service, changed, yes=yes, remarks=partial(others, service, expected))


def others(service: str, expected: set[str], changed: Sequence[Change]) -> list[str]:
    """One line if the plan changes more than that service and its sites."""
    return besides(service, [change.subject for change in changed if change.subject not in expected])
