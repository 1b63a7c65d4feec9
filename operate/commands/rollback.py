"""`make rollback`: a service goes back to its release before the present one, or with its data to before a rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.service import Order
from host import history
from host.errors import OperatorError
from host.machine import Machine
from operate.commands.up import up_with
from operate.stackfile import StackFile
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operate.stack import Stack


def rollback(stack: Stack, service: str, *, yes: bool, data: bool = False, at: str = "") -> int:
    """Write a service's release before the present one into the stack file, and bring it up.

    `data`: what its last rollout has changed is undone, its data too, from the snapshot that the rollout began with.
    `at`: how the name of another one begins. If that fails, the stack file is as it was, as is what serves.
    """
    if service not in {spec.name for spec in stack.topology.running}:
        known = ", ".join(spec.name for spec in stack.topology.running)
        raise OperatorError(f"SERVICE={service}: no such service runs; known are {known}")
    if at and not data:
        raise OperatorError(f"AT={at}: names a snapshot of data; add DATA=1")
    known_history = history.read(Machine(stack.topology.host).files(stack.root))
    file = StackFile.read(stack.file)
    if data:
        return _with_data(stack, file, service, known_history, at, yes=yes)
    standing = history.releases(known_history, service)
    if len(standing) < 2:  # noqa: PLR2004  the present one and one before
        raise OperatorError(
            f"{service}: there is no earlier release to go back to; `make history` shows what there was"
        )
    present, before = standing[-1], standing[-2]
    migrated = history.migrated(known_history, service, since=before)
    if migrated:
        changed = f"the tables in {', '.join(migrated)} were changed since release {before['release']}"
        cure = f"`make rollback SERVICE={service} DATA=1` puts back the data from before that, too"
        raise OperatorError(f"{service}: {changed}, which may not read them; {cure}")
    console.print(f"{service}: back from release {present['release']} to {before['release']} of {before['when']}")
    if present.get("snapshot"):
        told = f"its data stays as it is; DATA=1 puts back that of before {present['when']}"
        console.print(f"{service}: {told}", soft_wrap=True)
    return up_with(stack, service, with_release(stack, file, service, before), yes=yes)


def _with_data(
    stack: Stack, file: StackFile, service: str, known: Sequence[history.JSON], at: str, *, yes: bool
) -> int:  # fmt: skip
    rollout, release = undone(known, service, at)
    changed = with_release(stack, file, service, release)
    if stack.topology_of(changed).service(service).rollout.order is not Order.RECREATE:
        raise OperatorError(f"services.{service}.rollout.order: is rolling, so two would have its data; use recreate")
    snapshot = rollout["snapshot"]
    console.print(f"{service}: back to release {release['release']}, with its data of {rollout['when']}")
    volumes = ", ".join(part["volume"] for part in snapshot["parts"])
    told = f"what was written into {volumes} since then is not served any more; it is kept until the next good backup"
    console.print(f"{service}: {told}", soft_wrap=True, markup=False)
    return up_with(stack, service, changed, yes=yes, data=snapshot["run"])


def undone(known: Sequence[history.JSON], service: str, at: str = "") -> tuple[history.JSON, history.JSON]:
    """The rollout whose snapshot it is, and the release that it began with; OperatorError if there is none."""
    own = [record for record in known if record["service"] == service]
    found = [record for record in own if record.get("snapshot") and record["snapshot"]["run"].startswith(at)]
    if at and len(found) > 1:
        raise OperatorError(f"AT={at}: several snapshots begin so; `make history SERVICE={service} JSON=1`")
    # Without AT what the last rollout did is undone, and no older one by mistake.
    last = found[-1:] if at else [record for record in own[-1:] if record in found]
    if not last:
        named = f"AT={at}: there is no such snapshot" if at else "DATA: its last rollout began without a snapshot"
        raise OperatorError(f"{service}: {named}; `make history SERVICE={service} JSON=1` shows what there is")
    served = last[0]["previous"]
    for record in reversed(own[: own.index(last[0])]):
        if record["outcome"] == "ok" and record["release"] == served:
            return last[0], record
    raise OperatorError(f"{service}: the history does not know release {served or 'before that'} any more")


def with_release(stack: Stack, file: StackFile, service: str, release: history.JSON) -> StackFile:
    """The stack file with a release's settings, and with its image where the settings alone lead to another."""
    changed = file.with_service(service, release["settings"])
    leads_to = stack.topology_of(changed).service(service)
    if leads_to.stand_in or str(leads_to.image) == release["image"]:
        return changed
    return file.with_service(service, {**release["settings"], "image": release["image"]})
