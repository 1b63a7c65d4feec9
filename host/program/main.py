"""The program's commands. What they are told is one JSON document on standard input.

release       make one created container the running container of its service
deliver       make a config the proxy's
preflight     try whether a new proxy would start
backup        make a backup of the stack's data
backups       list those that there are
restore       fill volumes from one of them
drill         try whether one could be put back
resume        go on with what a restart of the machine cut off
install-unit  have that done at each start of the machine
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from .backup.drill import drill
from .backup.hold import hold
from .backup.listing import backups
from .backup.put_back import restore
from .backup.request import Request
from .backup.sqlite_text import dump
from .backup.take import backup
from .clock import Clock
from .deliver import deliver
from .docker import Docker
from .errors import Failed
from .place import Place
from .preflight import preflight
from .release import release
from .request import incomplete
from .resume import install, resume
from .text import LONGEST, short

COMMANDS = ("release", "deliver", "preflight", "backup", "backups", "restore", "drill", "resume", "install-unit")
OF_BACKUPS = {"backup": backup, "backups": backups, "restore": restore, "drill": drill}
OWN = {"hold": hold, "sqlite-dump": dump}
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
    command = arguments[0] if len(arguments) == 1 else ""
    if command == "release":
        return release(_stdin(), place, docker, clock)
    if command == "deliver":
        deliver(_stdin(), place, docker, clock)
    elif command == "preflight":
        preflight(_stdin(), place, docker, clock)
    elif command in OF_BACKUPS:
        OF_BACKUPS[command](Request.parse(_stdin()), place, docker)
    elif command == "resume":
        resume(place, docker, clock)
    elif command == "install-unit":
        install(place)
    else:
        raise Failed(f"rollout: unknown command; one of {', '.join(COMMANDS)}")
    return 0


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise incomplete(str(error)) from None
