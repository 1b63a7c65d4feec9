"""`make rollback`: a service goes back to its release before the present one."""

from __future__ import annotations

from host import history
from host.errors import OperatorError
from host.machine import Machine
from operate import stackfile
from operate.commands.up import up
from operate.stack import Stack
from operate.terminal import console


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
    text = stackfile.read(stack.file)
    console.print(f"{service}: back from release {present['release']} to {before['release']} of {before['when']}")
    stackfile.write(stack.file, _with_release(stack, text, service, before))
    code = 1
    try:
        code = up(Stack(stack.name, stack.folder), yes=yes)
    finally:
        if code:
            stackfile.write(stack.file, text)
            console.print(f"{stack.file.name} is as it was before.")
    return code


def _with_release(stack: Stack, text: str, service: str, release: history.JSON) -> str:
    """The stack file's text with a release's settings, and with its image where the settings alone lead to another."""
    changed = stackfile.with_service(text, service, release["settings"])
    stackfile.write(stack.file, changed)
    try:
        leads_to = Stack(stack.name, stack.folder).topology.service(service)
    finally:
        stackfile.write(stack.file, text)
    if leads_to.stand_in or str(leads_to.image) == release["image"]:
        return changed
    return stackfile.with_service(text, service, {**release["settings"], "image": release["image"]})
