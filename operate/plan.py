"""What a run would do: what has to be put right, what changes, and what visitors notice of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rich.markup import escape

from host import history, rights
from host.errors import OperatorError
from host.labels import STACK
from host.machine import RESTORING
from host.names import CONTAINER
from operate.engine.changes import changes
from operate.engine.container_changes import ADDED, CHANGED, REMOVED
from operate.engine.visitors import interruptions
from operate.inspect import elsewhere, repair
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.daemon import Daemon
    from operate.engine.container_changes import Change
    from operate.engine.pulumi import Engine, Run
    from operate.engine.state import State
    from operate.inspect.repair import Repair
    from operate.stack import Stack

    Remarks: TypeAlias = Callable[[Sequence[Change]], list[str]]
    """What is to be said of what a plan changes."""

COLORS = {ADDED: "green", REMOVED: "red", CHANGED: "yellow"}


def examine(stack: Stack, engine: Engine, daemon: Daemon, *, cut_short: bool = False, again: str = "") -> Repair:
    """What has to be put right; `cut_short`: the last run was, and left containers that it did not record.

    `again`: the service whose container is recreated, whatever it is like.
    """
    rights.check(stack.topology)
    state = engine.state()
    elsewhere.refuse(state, stack, daemon)
    if not (cut_short or state.pending):
        _refuse_unknown(stack, state, daemon)
    found = repair.examine(stack, state, daemon)
    if RESTORING in found.files:
        raise OperatorError(
            f"{stack.name}: a restore was cut short, its volumes are not whole; run `make restore` again, or, to do "
            f"without it, empty them and remove {stack.root / RESTORING} on the host"
        )
    if again:
        found.replace |= {own.urn for own in state.made(CONTAINER) if own.name == again}
    return found


def announce(lines: list[str]) -> None:
    """Say what has to be put right."""
    for line in lines:
        console.print(f"[yellow]•[/yellow] {escape(line)}", soft_wrap=True)


def _refuse_unknown(stack: Stack, state: State, daemon: Daemon) -> None:
    """OperatorError if all that serves was made with another state, such as another clone's."""
    known = {found.id for found in state.everything if found.type == CONTAINER and found.id}
    if state.everything and not known:
        # A first run that was cut short: what runs is its own.
        return
    serving = [found.id for found in daemon.containers() if found.running]
    if serving and not known.intersection(serving):
        raise OperatorError(
            f"{stack.name}: {len(serving)} of its containers run on the host, and the engine's state knows none of "
            "them; point PULUMI_BACKEND_URL at the backend that they were made with. If that is lost for good, remove "
            f"them: `docker rm --force $(docker ps --all --quiet --filter label={STACK}={stack.name})`; volumes stay"
        )


def nothing(_: Sequence[Change]) -> list[str]:
    """No remark."""
    return []


def besides(service: str, subjects: Sequence[str]) -> list[str]:
    """A line that names what a plan changes besides one service, if it does."""
    named = ", ".join(dict.fromkeys(subjects))
    return [f"besides {service}, the plan has what was not brought up before: {named}"] if named else []


def noticed(stack: Stack, planned: Run, needed: Repair, changed: Sequence[Change]) -> list[tuple[str, str]]:
    """(service or site, what its visitors notice) of a plan; sites that close or open first."""
    sites = [(change.subject, change.visitors) for change in changed if change.visitors]
    return [*sites, *interruptions(planned.operations, stack.topology, history.read(needed.files))]


def plan(stack: Stack, engine: Engine, needed: Repair, *options: str, remarks: Remarks = nothing) -> Run:
    """The engine's plan, and what it means for visitors. `remarks`: lines on what it changes."""
    planned = engine.run("preview", "--suppress-outputs", *options, *needed.arguments())
    if planned.code:
        return planned
    for line in stack.closed:
        console.print(line, soft_wrap=True, markup=False)
    if not planned.operations:
        console.print(f"{stack.name}: nothing {'else ' if needed.first else ''}to change.")
    changed = changes(planned.steps)
    if changed:
        console.print("[bold]What changes[/bold]")
        for change in changed:
            console.print(f"  [{COLORS[change.mark]}]{change.mark}[/] {escape(change.text)}", soft_wrap=True)
    announce(remarks(changed))
    found = noticed(stack, planned, needed, changed)
    if found:
        console.print("[bold]What visitors notice[/bold]")
        for name, what in found:
            console.print(f"  {name}: {what}")
    return planned
