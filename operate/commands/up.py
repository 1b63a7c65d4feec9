"""`make up`: the host is brought to what the stack file says. Look, plan, ask, do, show."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from host.backups import keep_stack_file
from host.errors import Interrupted, OperatorError
from operate.engine.edited import with_daemon
from operate.inspect import backups, certificates, deployed_on, health, repair
from operate.plan import announce, examine, nothing, plan
from operate.prepare import prepare, reach
from operate.stack import Stack
from operate.stackfile import StackFile
from operate.terminal import agreed, console, show

if TYPE_CHECKING:
    from host.daemon import Daemon
    from operate.engine.pulumi import Engine
    from operate.inspect.repair import Repair
    from operate.plan import Remarks


def up(stack: Stack, *, yes: bool, again: str = "", remarks: Remarks = nothing) -> int:
    """Bring the host to what the stack file says, then show what runs.

    `again`: the service whose container is recreated, whatever it is like. `remarks`: on what the plan changes.
    """
    engine, daemon = prepare(stack)
    needed = examine(stack, engine, daemon, again=again)
    if needed.pending:
        announce([reason.announced() for reason in needed.reasons[:1]])
        code = engine.run("refresh", "--yes", "--clear-pending-creates", "--skip-preview", "--suppress-outputs").code
        if code:
            return code
        needed = examine(stack, engine, daemon, cut_short=True, again=again)
    announce([reason.announced() for reason in needed.reasons])
    planned = plan(stack, engine, needed, remarks=remarks)
    if planned.code:
        return planned.code
    if (planned.operations or needed.first) and not (yes or not sys.stdin.isatty() or agreed("Go ahead?")):
        console.print("Nothing was changed.")
        return 1
    _clear(needed, daemon)
    if planned.operations:
        _keep(stack, daemon)
        for id_ in needed.blind:
            daemon.docker("container", "rm", "--force", id_)
        try:
            code = engine.run("up", "--yes", "--skip-preview", "--suppress-outputs", *needed.arguments()).code
        except Interrupted:
            _tidy(stack, engine, daemon)
            raise
        if code:
            return code
    else:
        _keep(stack, daemon)
        _note(engine, daemon, needed)
    return _ended(stack, daemon)


def _ended(stack: Stack, daemon: Daemon) -> int:
    """What there is to do and to say once all of it runs; 1 if a site has no certificate."""
    if stack.topology.backup and stack.topology.backup.timer:
        keep_stack_file(daemon.machine, stack.root, stack.file)
    found = certificates.wait(stack.topology, daemon)
    days = found if certificates.by_authority(stack.topology) else {}
    show(health.sites_table(stack.topology, health.conditions(stack.topology, daemon), days), spare=health.SPARE)
    if line := backups.missing(stack.topology, stack.file.name):
        console.print(line, soft_wrap=True, markup=False)
    return 1 if None in found.values() else 0


def up_with(
    stack: Stack, service: str, changed: StackFile, *, yes: bool, remarks: Remarks = nothing, data: str = ""
) -> int:  # fmt: skip
    """Write a changed stack file, and bring it up. If that fails or is refused, the file is as it was before.

    But where the service got what was written for it, and something else failed: the file then says what serves. What
    was edited meanwhile is left alone. `data`: the snapshot whose data the service gets, with a new container.
    """
    before, serving = StackFile.read(stack.file), _running(stack, service)
    changed.write()
    keep = changed == before
    try:
        new = Stack(stack.name, stack.folder)
        if data:
            # To the rollout, past the plan: see components/host.py.
            new.environment["SMARTER_NET_DATA"] = f"{service} {data}"
        code = up(new, yes=yes, again=service if data else "", remarks=remarks)
        keep = keep or not code
        if not keep and _image(new, service) in {image for _, image in _running(new, service) - serving}:
            keep = True
            console.print(f"{service} serves what {stack.file.name} says now, which stays; something else failed.")
    finally:
        if not keep and StackFile.read(stack.file) == changed:
            before.write()
            console.print(f"{stack.file.name} is as it was before.")
        elif not keep:
            console.print(
                f"{stack.file.name} was edited meanwhile and is left so; what was written for {service} is in it.",
                soft_wrap=True,
            )
    return code


def _running(stack: Stack, service: str) -> set[tuple[str, str]]:
    """(id, image) of each container of a service that runs."""
    return {(found.id, found.image) for found in reach(stack).containers_of(service) if found.running}


def _image(stack: Stack, service: str) -> str:
    topology = stack.topology
    return str(topology.proxy.image if service == topology.proxy.name else topology.service(service).image)


def _keep(stack: Stack, daemon: Daemon) -> None:
    """Note which daemon of this machine the stack is on."""
    if daemon.identity:
        deployed_on.keep(stack.root, daemon.identity)


def _note(engine: Engine, daemon: Daemon, repair: Repair) -> None:
    """The same in the state, where no run does it: of a stack from before, or a Docker that was installed again."""
    present = daemon.identity
    if present and not (repair.daemon and repair.daemon.is_(present)):
        engine.change_state(lambda deployment: with_daemon(deployment, present))


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
    if not state.pending:
        # What cannot be done now is found by the next run as well.
        with suppress(OperatorError):
            _clear(repair.examine(stack, state, daemon), daemon)
