"""The program's commands. What they are told is one JSON document on standard input.

release       make one created container the running container of its service
deliver       make a config the proxy's
preflight     try whether a new proxy would start, and have a second one answer while it does
stand-down    end that one with the whole stack
backup        make a backup of the stack's data
backups       list those that there are
restore       fill volumes from one of them
drill         try whether one could be put back
schedule      have backups made at a time of each day
unschedule    have none made by itself
scheduled     make one then, and try from time to time whether it could be put back
facts         say for the node exporter what only the host knows
each-minute   have that done each minute
no-minute     have it done no more
resume        go on with what a restart of the machine cut off
install-unit  have that done at each start of the machine
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .backup.drill import drill
from .backup.hold import hold, let_go
from .backup.listing import backups
from .backup.put_back import restore
from .backup.request import Request
from .backup.sqlite_text import dump
from .backup.take import backup
from .boot.resume import install, resume
from .boot.schedule import schedule, scheduled, unschedule
from .clock import Clock
from .docker import Docker
from .errors import Failed
from .facts.look import facts
from .facts.minute import each_minute, no_minute
from .place import Place
from .proxy import standby
from .proxy.deliver import deliver
from .proxy.preflight import preflight
from .release import release
from .request import incomplete
from .text import LONGEST, short

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = {"hold": hold, "let-go": let_go, "sqlite-dump": dump}
"""What the program asks itself for, in a process of its own; with arguments."""


def main() -> None:
    """Run what the command line names; ends the process."""
    # As a program that is not Python: without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        sys.exit(_run(sys.argv[1:]))
    except (Failed, OSError) as error:
        print(short(str(error), LONGEST), file=sys.stderr)
        sys.exit(1)


def _run(arguments: list[str]) -> int:
    if arguments[:1] and arguments[0] in OWN:
        return OWN[arguments[0]](arguments[1:])
    clock = Clock()
    docker = Docker(clock)
    # <root>/bin/rollout.pyz
    place = Place(Path(sys.argv[0]).absolute().parent.parent, clock)
    commands: dict[str, Callable[[], int | None]] = {
        "release": lambda: release(_stdin(), place, docker, clock),
        "deliver": lambda: deliver(_stdin(), place, docker, clock),
        "preflight": lambda: preflight(_stdin(), place, docker, clock),
        "stand-down": lambda: standby.remove(place, docker),
        "backup": lambda: backup(Request.parse(_stdin()), place, docker),
        "backups": lambda: backups(Request.parse(_stdin()), place, docker),
        "restore": lambda: restore(Request.parse(_stdin()), place, docker),
        "drill": lambda: drill(Request.parse(_stdin()), place, docker),
        "schedule": lambda: schedule(_stdin(), place),
        "unschedule": lambda: unschedule(place),
        "scheduled": lambda: scheduled(place, docker),
        "facts": lambda: facts(place, docker),
        "each-minute": lambda: each_minute(place, docker),
        "no-minute": lambda: no_minute(place),
        "resume": lambda: resume(place, docker, clock),
        "install-unit": lambda: install(place),
    }
    command = commands.get(arguments[0] if len(arguments) == 1 else "")
    if command is None:
        raise Failed(f"rollout: unknown command; one of {', '.join(commands)}")
    return command() or 0


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise incomplete(str(error)) from None
