"""Backups by a timer of the host's own: what it was told to do is in a file that only root can read."""

from __future__ import annotations

import shutil
import sys
import time
from calendar import timegm
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backup.drill import drill
from ..backup.request import Request
from ..backup.take import backup
from ..backup.workplace import FOLDER
from ..history import FILE
from ..request import document_of, incomplete
from ..text import json_object
from . import systemd

if TYPE_CHECKING:
    from ..docker import Docker
    from ..place import Place

ORDERS = "timer.json"
STACK_FILE = "stack-file"
"""Folder with the stack file, as the last `make up` has sent it."""
DAY = 86_400
EARLY = DAY // 2
"""Seconds: a drill that ended late is not a day late for it."""
SERVICE = """\
[Unit]
Description=smarter-net: back up {stack}
Wants=docker.service network-online.target
After=docker.service network-online.target

[Service]
Type=oneshot
ExecStart={python} -I -S {program} scheduled
ExecStopPost={python} -I -S {program} let-go
Environment=TZ=UTC
TimeoutStartSec=6h
Nice=10
IOSchedulingClass=idle
MemoryMax=512M
OOMPolicy=continue
"""
TIMER = """\
[Unit]
Description=smarter-net: when to back up {stack}

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=10m
Persistent=true

[Install]
WantedBy=timers.target
"""


def schedule(text: str, place: Place) -> None:
    """Keep the orders, and have systemd give them; without it, or root, a line says that nothing is made by itself."""
    orders = document_of(text)
    if not isinstance(orders.get("calendar"), str) or not isinstance(orders.get("drill"), int):
        raise incomplete("no calendar, or no drill")
    _request(orders)
    if not systemd.usable():
        why = "no systemd or no root on the host, so it makes no backup by itself"
        print(f"backup.at: {why}; have a cron of another machine run `make backup`", file=sys.stderr)
        return
    folder = place.root / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    place.write(folder / ORDERS, text.encode())
    names = {"stack": place.root.name, "python": sys.executable, "program": Path(sys.argv[0]).absolute()}
    systemd.write(unit(place, "service"), SERVICE.format(**names))
    systemd.write(unit(place, "timer"), TIMER.format(calendar=orders["calendar"], **names))
    systemd.enable(unit(place, "timer"))


def unschedule(place: Place) -> None:
    """Take all of it away again."""
    if systemd.usable():
        systemd.remove(unit(place, "timer"))
        systemd.remove(unit(place, "service"))
    (place.root / FOLDER / ORDERS).unlink(missing_ok=True)
    shutil.rmtree(place.root / FOLDER / STACK_FILE, ignore_errors=True)


def scheduled(place: Place, docker: Docker) -> None:
    """What the timer starts: a backup, and a drill if the last good one is long ago. Failed if one of them fails."""
    orders = document_of((place.root / FOLDER / ORDERS).read_text(encoding="utf-8"))
    # The rest may be as old as the last `make up`; what it has deployed is what runs.
    kept = (place.root / FOLDER / STACK_FILE).glob("[!.]*")
    orders["request"]["files"] = {path.name: path.read_text(encoding="utf-8") for path in kept}
    backup(_request(orders), place, docker)
    if orders["drill"] and time.time() - _last_drill(place.root) > orders["drill"] * DAY - EARLY:
        drill(_request({**orders, "request": {**orders["request"], "at": "latest"}}), place, docker)


def _request(orders: dict[str, Any]) -> Request:
    return Request.from_document(orders["request"])


def _last_drill(root: Path) -> float:
    """When the last good one ended, in seconds since 1970; 0 if there was none."""
    try:
        lines = (root / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return 0
    for line in reversed(lines):
        entry = json_object(line)
        if (entry.get("service"), entry.get("outcome")) == ("drill", "ok"):
            return timegm(time.strptime(str(entry["when"]), "%Y-%m-%dT%H:%M:%SZ"))
    return 0


def unit(place: Place, kind: str) -> str:
    """Name of the `service` or the `timer`."""
    return f"smarter-net-backup-{place.root.name}.{kind}"
