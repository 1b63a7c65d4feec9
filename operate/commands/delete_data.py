"""`make delete-data`: a stack's volumes, or those of one service, are removed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import volumes
from host.errors import OperatorError
from operate.inspect import deployed_on, elsewhere
from operate.prepare import prepare
from operate.stack import refuse_unknown
from operate.terminal import console

if TYPE_CHECKING:
    from host.daemon import Daemon
    from operate.stack import Stack


def delete_data(stack: Stack, service: str | None, *, confirm: str) -> int:
    """Remove the stack's volumes and its state, once nothing runs any more; or the volumes of one service."""
    if service is not None:
        refuse_unknown(service, [spec.name for spec in stack.topology.services])
    if confirm != stack.name:
        what = f"all data of {service or stack.name} for good"
        raise OperatorError(f"CONFIRM={confirm}: this removes {what}; repeat it with CONFIRM={stack.name}")
    engine, daemon = prepare(stack, images=False)
    elsewhere.refuse(engine.state(), stack, daemon)
    if service is not None:
        return _delete_data_of(stack, service, daemon)
    running = [found.service for found in daemon.containers()]
    if running:
        raise OperatorError(f"{', '.join(sorted(running))}: still there; run `make down` first")
    volumes.sweep(daemon)
    for volume in daemon.volumes():
        daemon.docker("volume", "rm", volume)
        console.print(f"volume {volume}: removed")
    engine.forget()
    if daemon.identity:
        deployed_on.drop(stack.root)
    return 0


def _delete_data_of(stack: Stack, service: str, daemon: Daemon) -> int:
    """Remove the volumes of a service that does not run; the next `up` makes them again, empty."""
    containers = daemon.containers_of(service)
    if any(found.running for found in containers):
        raise OperatorError(f"{service}: it runs, so its data is in use; stop its container first if it is of no use")
    spec = next(spec for spec in stack.topology.services if spec.name == service)
    there = daemon.volumes()
    gone = [volume.name for volume in spec.volumes if volume.name in there]
    if not gone:
        raise OperatorError(f"{service}: it has no volume on the host; there is nothing to remove")
    volumes.sweep(daemon)
    if containers:
        daemon.docker("rm", *(found.id for found in containers))
    for volume in gone:
        daemon.docker("volume", "rm", volume)
        console.print(f"volume {volume}: removed; `make up` makes it again, empty")
    return 0
