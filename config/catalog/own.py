"""Services that a stack file has and the catalog does not know: the same entry, made of what the stack file says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.catalog.accessories import entries
from config.catalog.entry import Entry
from config.catalog.services import STEPS_DOWN
from config.stackfile.service_settings import Backup
from config.topology.data import Files, Nothing, Sqlite
from config.topology.model import PROJECT
from config.topology.service import Health, Order, Rollout, VolumeSpec
from config.values.units import Duration, Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.stackfile.service_settings import ServiceSettings, VolumeSettings
    from config.stackfile.settings import Settings
    from config.topology.data import Copied

_D = Duration.parse
LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
"""What a service may be called: a label of a name on the network."""
NO_PORT = 0
"""Of an entry whose stack file does not say it: a mistake."""
FIRST_VISITOR = "its first visitor may become its administrator"
"""Of a service that the catalog does not know, nothing else is safe to think."""
_ROLLOUTS = {
    Order.ROLLING: Rollout(
        order=Order.ROLLING, start=_D("1m"), settle=_D("5s"), drain=_D("30s"), stop=_D("30s"), hold=_D("10s")
    ),
    # hold: longer than its end and a usual start take.
    Order.RECREATE: Rollout(
        order=Order.RECREATE, start=_D("2m"), settle=_D("5s"), drain=_D("5s"), stop=_D("30s"), hold=_D("1m30s")
    ),
}


def every_entry(settings: Settings) -> Mapping[str, Entry]:
    """The catalog's by their names, each service with its accessories behind it, and then the stack file's own."""
    known = entries()
    own = {name: _entry(name, said) for name, said in settings.services.items() if is_own(name, said)}
    return {**known, **own}


def is_own(name: str, said: ServiceSettings) -> bool:
    """Whether a service is the stack file's own. Without a port and an image the name of another one is meant."""
    return name not in entries() and (said.port is not None or said.image is not None)


def _entry(name: str, said: ServiceSettings) -> Entry:
    """The entry of a service of the stack file's own; `config.checks.own` finds what it lacks.

    What keeps data is recreated unless the stack file says otherwise: two containers would write to it at once.
    """
    readiness = said.health.readiness or ""
    order = said.rollout.order or (Order.RECREATE if said.volumes else Order.ROLLING)
    return Entry(
        name=name,
        purpose="Service of the stack file",
        port=said.port or NO_PORT,
        repository=None,
        version=said.image.tag if said.image else "0",
        volumes=tuple(
            VolumeSpec(name=f"{PROJECT}-{name}-{volume}", path=each.path, copied=_copied(each))
            for volume, each in said.volumes.items()
        ),
        memory=Memory(512),
        least_memory=Memory(16),
        capabilities=STEPS_DOWN if said.steps_down else (),
        # With which tool its image could ask itself is not known.
        health=Health(readiness=readiness, liveness=readiness, command=None),
        rollout=_ROLLOUTS[order],
        first_visitor=FIRST_VISITOR,
    )


def _copied(volume: VolumeSettings) -> Copied:
    if volume.backup is Backup.NONE:
        return Nothing(reason="its stack file says so")
    if volume.sqlite:
        return Sqlite(file=volume.sqlite)
    return Files(leave_out=volume.leave_out)
