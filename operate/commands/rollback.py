"""`make rollback`: a service goes back to its release before the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import history
from host.errors import OperatorError
from host.machine import Machine
from operate.commands.up import up_with
from operate.stackfile import StackFile
from operate.terminal import console

if TYPE_CHECKING:
    from operate.stack import Stack


def rollback(stack: Stack, service: str, *, yes: bool) -> int:
    """Write a service's release before the present one into the stack file, and bring it up.

    If that fails, the stack file is as it was, as is what serves.
    """
    if service not in {spec.name for spec in stack.topology.running}:
        known = ", ".join(spec.name for spec in stack.topology.running)
        raise OperatorError(f"SERVICE={service}: no such service runs; known are {known}")
    known_history = history.read(Machine(stack.topology.host).files(stack.root))
    standing = history.releases(known_history, service)
    if len(standing) < 2:  # noqa: PLR2004  the present one and one before
        raise OperatorError(
            f"{service}: there is no earlier release to go back to; `make history` shows what there was"
        )
    present, before = standing[-1], standing[-2]
    file = StackFile.read(stack.file)
    console.print(f"{service}: back from release {present['release']} to {before['release']} of {before['when']}")
    return up_with(stack, service, with_release(stack, file, service, before), yes=yes)


def with_release(stack: Stack, file: StackFile, service: str, release: history.JSON) -> StackFile:
    """The stack file with a release's settings, and with its image where the settings alone lead to another."""
    changed = file.with_service(service, release["settings"])
    leads_to = stack.topology_of(changed).service(service)
    if leads_to.stand_in or str(leads_to.image) == release["image"]:
        return changed
    return file.with_service(service, {**release["settings"], "image": release["image"]})
