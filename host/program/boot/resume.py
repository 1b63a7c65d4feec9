"""After a restart of the machine or of Docker: goes on with the rollouts that it cut off while requests were held.

Nothing else would: Docker starts only what ran. A service whose address leads to a container that Docker has started
again stays as it is.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import Failed
from ..names import PROXY
from ..proxy import standby
from ..release import roll_out
from ..request import Request
from ..tell import Tell
from . import systemd

if TYPE_CHECKING:
    from ..clock import Clock
    from ..docker import Docker
    from ..place import Place

PATIENCE = 120
"""Seconds until the proxy runs: without it no container can be asked whether it is ready."""
UNIT = """\
[Unit]
Description=smarter-net's rollouts that a restart cut off
Wants=docker.service
After=docker.service
ConditionPathExistsGlob=|{root}/run/plan.*
ConditionPathExists=|{root}/run/standby

[Service]
ExecStart={python} -I -S {root}/bin/rollout.pyz resume

[Install]
WantedBy=multi-user.target docker.service
"""


def resume(place: Place, docker: Docker, clock: Clock) -> None:
    """What the unit calls. Failed if the proxy does not run."""
    second = _second_proxy(place, docker, clock)
    try:
        _rollouts(place, docker, clock)
    finally:
        if second:
            # The unit's end would be its end.
            os.waitpid(second, 0)


def _second_proxy(place: Place, docker: Docker, clock: Clock) -> int:
    """The process that goes on with it; 0 if there is none."""
    second = os.fork() if place.standby.exists() else -1
    if not second:
        with suppress(Failed, OSError):
            standby.resume(place, docker, clock)
        os._exit(0)
    return max(second, 0)


def _rollouts(place: Place, docker: Docker, clock: Clock) -> None:
    plans = place.plans()
    if not plans:
        return
    deadline = clock.now() + PATIENCE
    while not ((proxy := docker.find(PROXY)) and proxy.running):
        if clock.now() >= deadline:
            raise Failed(f"{PROXY} does not run; the next run goes on")
        clock.sleep(1)
    for service, text in plans.items():
        if not _serves(service, place, docker):
            _go_on(text, place, docker, clock)
        # Still held: the next restart tries again, and so does the next run.
        if not place.held(service):
            place.plan(service).unlink(missing_ok=True)


def _serves(service: str, place: Place, docker: Docker) -> bool:
    """Whether requests go to a container that runs. After a power cut the address may be an older one."""
    name = place.address(service).rpartition(":")[0]
    found = docker.find(name) if name and not place.held(service) else None
    return found is not None and found.running


def _go_on(text: str, place: Place, docker: Docker, clock: Clock) -> None:
    try:
        roll_out(Request.parse(text), place, docker, clock, Tell())
    except Failed as failure:
        # One that fails keeps no other from being taken up.
        print(failure, file=sys.stderr)


def install(place: Place) -> None:
    """The unit that a start of the machine or of Docker starts; needs root and systemd."""
    if not systemd.usable():
        why = "no systemd or no root on the server"
        print(f"{why}: a rollout that a restart cuts off waits for the next run", file=sys.stderr)
        return
    unit = f"smarter-net-resume-{place.root.name}.service"
    systemd.write(unit, UNIT.format(root=place.root, python=sys.executable))
    systemd.enable(unit)
