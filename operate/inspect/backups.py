"""Whether a stack's server backs itself up, as far as can be seen without its password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.backups import FOLDER, ORDERS, unit
from host.errors import OperatorError
from host.machine import Machine
from host.program.backup.restic import FOUND, OLDEST, VERSION
from host.program.boot.systemd import RUNS, UNITS
from operate.inspect.finding import ADVICE, GOOD, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.topology.model import Topology


def backups(topology: Topology) -> Iterator[Finding]:
    """What `make doctor` says: nothing of this machine without a repository."""
    spec = topology.backup
    if spec is None:
        if isinstance(topology.host, SshHost):
            yield Finding("backups", ADVICE, "the server makes none", "add smarter-net:backup: docs/data.md")
        return
    if spec.on_the_host and isinstance(topology.host, SshHost):
        yield Finding("backups", ADVICE, f"{spec.to} is lost with the server", "name a place elsewhere: docs/data.md")
    if spec.timer is None and isinstance(topology.host, SshHost):
        yield Finding("backup.at", ADVICE, "no timer makes them", "add at to smarter-net:backup: docs/data.md")
    try:
        said = Machine(topology.host).run(["sh", "-c", f"PATH=$PATH:{FOUND} restic version"]).stdout
    except OperatorError:
        # Said already of the server as a whole.
        return
    yield restic(said)


def restic(said: str) -> Finding:
    """Whether the host's restic is new enough. `said`: its version, as it says it; empty if there is none."""
    found = re.match(VERSION, said)
    oldest = ".".join(map(str, OLDEST))
    if found and tuple(map(int, found.groups())) >= OLDEST:
        return Finding("restic", GOOD, ".".join(found.groups()))
    seen = f"{'.'.join(found.groups())} is too old" if found else "not installed"
    return Finding("restic", ADVICE, seen, f"install {oldest} or later there, or no backup is made: docs/data.md")


def timer_is_there(machine: Machine, root: Path) -> bool:
    """Whether the host makes backups by itself, as it was told; True where it could not, without systemd or root."""
    script = f'[ ! -d {RUNS} ] || [ "$(id -u)" != 0 ] || {{ [ -f "$1" ] && [ -f "$2" ]; }}'
    return not machine.run(
        ["sh", "-c", script, "sh", f"{UNITS}/{unit(root, 'timer')}", str(root / FOLDER / ORDERS)]
    ).returncode


def missing(topology: Topology, file: str) -> str:
    """One line for the end of a run on a server that backs nothing up; empty if it does. `file`: the stack file."""
    if topology.backup or not isinstance(topology.host, SshHost):
        return ""
    return f"The server makes no backups: {file} has no smarter-net:backup (docs/data.md)."
