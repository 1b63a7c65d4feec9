"""Changing a host: look, plan, ask, do, show."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.markup import escape

from components.labels import STACK
from operate import certificates, history, identity, moved, report, rights, stackfile
from operate.changes import changes
from operate.container_changes import ADDED, CHANGED, REMOVED
from operate.errors import Interrupted, OperatorError
from operate.machine import RESTORING, Machine
from operate.plan import interruptions
from operate.prepare import agreed, console, prepare, show
from operate.repair import CONTAINER, Repair, examine
from operate.stack import Stack

if TYPE_CHECKING:
    from operate.daemon import Daemon
    from operate.engine import JSON, Engine, Run

COLORS = {ADDED: "green", REMOVED: "red", CHANGED: "yellow"}


def up(stack: Stack, *, yes: bool) -> int:
    """Bring the host to what the stack file says, then show what runs."""
    engine, daemon = prepare(stack)
    repair = _examine(stack, engine, daemon)
    if repair.pending:
        _announce([reason.announced() for reason in repair.reasons[:1]])
        code = engine.run("refresh", "--yes", "--clear-pending-creates", "--skip-preview", "--suppress-outputs").code
        if code:
            return code
        repair = _examine(stack, engine, daemon, cut_short=True)
    _announce([reason.announced() for reason in repair.reasons])
    planned = _plan(stack, engine, repair)
    if planned.code:
        return planned.code
    if (planned.operations or repair.first) and not (yes or not sys.stdin.isatty() or agreed("Go ahead?")):
        console.print("Nothing was changed.")
        return 1
    _clear(repair, daemon)
    if planned.operations:
        _keep(stack, daemon)
        for id_ in repair.blind:
            daemon.docker("container", "rm", "--force", id_)
        try:
            code = engine.run("up", "--yes", "--skip-preview", "--suppress-outputs", *repair.arguments()).code
        except Interrupted:
            _tidy(stack, engine, daemon)
            raise
        if code:
            return code
    else:
        _keep(stack, daemon)
        _note(engine, daemon, repair)
    found = certificates.wait(stack.topology, daemon)
    days = found if certificates.by_authority(stack.topology) else {}
    show(report.sites_table(stack.topology, report.conditions(stack.topology, daemon), days))
    return 1 if None in found.values() else 0


def preview(stack: Stack, *, diff: bool) -> int:
    """Show what `up` would do. Nothing is changed."""
    engine, daemon = prepare(stack)
    repair = _examine(stack, engine, daemon)
    _announce([reason.offered() for reason in repair.reasons])
    return _plan(stack, engine, repair, *(["--diff"] if diff else [])).code


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


def _keep(stack: Stack, daemon: Daemon) -> None:
    """Note which daemon of this machine the stack is on."""
    if daemon.identity:
        identity.keep(stack.root, daemon.identity)


def _note(engine: Engine, daemon: Daemon, repair: Repair) -> None:
    """The same in the state, where no run does it: of a stack from before, or a Docker that was installed again."""
    present = daemon.identity
    if present and not (repair.daemon and repair.daemon.is_(present)):
        engine.change_state(lambda state: identity.noted(state, present))


def _examine(stack: Stack, engine: Engine, daemon: Daemon, *, cut_short: bool = False) -> Repair:
    """What has to be put right; `cut_short`: the last run was, and left containers that it did not record."""
    rights.check(stack.topology)
    state = engine.state()
    moved.refuse(state, stack, daemon)
    if not (cut_short or state.get("pending_operations")):
        _refuse_unknown(stack, state, daemon)
    repair = examine(stack, state, daemon)
    if RESTORING in repair.files:
        raise OperatorError(
            f"{stack.name}: a restore was cut short, its volumes are not whole; run `make restore` again, or, to do "
            f"without it, empty them and remove {stack.root / RESTORING} on the host"
        )
    return repair


def _announce(lines: list[str]) -> None:
    for line in lines:
        console.print(f"[yellow]•[/yellow] {escape(line)}", soft_wrap=True)


def _refuse_unknown(stack: Stack, state: JSON, daemon: Daemon) -> None:
    """OperatorError if all that serves was made with another state, such as another clone's."""
    resources = state.get("resources", [])
    known = {found["id"] for found in resources if found["type"] == CONTAINER and found.get("id")}
    if resources and not known:
        # A first run that was cut short: what runs is its own.
        return
    serving = [found["Id"] for found in daemon.containers() if found["State"]["Running"]]
    if serving and not known.intersection(serving):
        raise OperatorError(
            f"{stack.name}: {len(serving)} of its containers run on the host, and the engine's state knows none of "
            "them; point PULUMI_BACKEND_URL at the backend that they were made with. If that is lost for good, remove "
            f"them: `docker rm --force $(docker ps --all --quiet --filter label={STACK}={stack.name})`; volumes stay"
        )


def _clear(repair: Repair, daemon: Daemon) -> None:
    """Remove what a run left behind, unpause what was paused by hand."""
    for kind, id_ in repair.orphans:
        try:
            daemon.docker(kind, "rm", *(["--force", "--volumes"] if kind == "container" else []), id_)
        except OperatorError as error:
            if "active endpoints" not in str(error):
                raise
            raise OperatorError(
                f"network {id_[:12]}: Docker counts containers on it that no longer exist; restart Docker "
                "(`systemctl restart docker`), and run the same command again"
            ) from error
    for id_ in repair.paused:
        daemon.docker("unpause", id_)


def _tidy(stack: Stack, engine: Engine, daemon: Daemon) -> None:
    """Remove what an interrupted run made and could not record. What it left to be done with, the next one looks up."""
    state = engine.state()
    if not state.get("pending_operations"):
        # What cannot be done now is found by the next run as well.
        with suppress(OperatorError):
            _clear(examine(stack, state, daemon), daemon)


def _plan(stack: Stack, engine: Engine, repair: Repair, *options: str) -> Run:
    """The engine's plan, and what it means for visitors."""
    planned = engine.run("preview", "--suppress-outputs", *options, *repair.arguments())
    if planned.code:
        return planned
    if not planned.operations:
        console.print(f"{stack.name}: nothing {'else ' if repair.first else ''}to change.")
    changed = changes(planned.steps)
    if changed:
        console.print("[bold]What changes[/bold]")
        for change in changed:
            console.print(f"  [{COLORS[change.mark]}]{change.mark}[/] {escape(change.text)}", soft_wrap=True)
    found = interruptions(planned.operations, stack.topology, history.read(repair.files))
    if found:
        console.print("[bold]What visitors notice[/bold]")
        for name, what in found:
            console.print(f"  {name}: {what}")
    return planned
