"""The timer by which a host looks around each minute."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..boot import systemd
from .look import facts

if TYPE_CHECKING:
    from ..docker import Docker
    from ..place import Place

SERVICE = """\
[Unit]
Description=smarter-net: look around {stack}
After=docker.service

[Service]
Type=oneshot
ExecStart={python} -I -S {program} facts
TimeoutStartSec=50s
Nice=10
MemoryMax=128M
"""
TIMER = """\
[Unit]
Description=smarter-net: look around {stack} each minute

[Timer]
OnCalendar=minutely
AccuracySec=5s

[Install]
WantedBy=timers.target
"""


def each_minute(place: Place, docker: Docker) -> None:
    """Look now, and have systemd look each minute; without it, or root, a line says that only this one look is made."""
    facts(place, docker)
    if not systemd.usable():
        why = "no systemd or no root on the host, so it looks at its containers, disks and backups this once"
        again = f"have its cron run `{sys.executable} -I -S {Path(sys.argv[0]).absolute()} facts` each minute"
        print(f"watch: {why}; {again}", file=sys.stderr)
        return
    names = {"stack": place.root.name, "python": sys.executable, "program": Path(sys.argv[0]).absolute()}
    systemd.write(unit(place, "service"), SERVICE.format(**names))
    systemd.write(unit(place, "timer"), TIMER.format(**names))
    systemd.enable(unit(place, "timer"))


def no_minute(place: Place) -> None:
    """Take the timer away again."""
    if systemd.usable():
        systemd.remove(unit(place, "timer"))
        systemd.remove(unit(place, "service"))


def unit(place: Place, kind: str) -> str:
    """Name of the `service` or the `timer`."""
    return f"smarter-net-facts-{place.root.name}.{kind}"
