"""`make logs`: the log of one service or of several, as Docker keeps it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING

from host.environment import environment
from host.errors import Interrupted, OperatorError
from operate.prepare import reach, tell_mistakes
from operate.stack import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operate.stack import Stack

LINES = "100"
"""That are shown of a log where nothing else is asked for."""
SINCE = re.compile(r"(\d+(\.\d+)?(h|m|s))+|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?|\d{10}")
"""As `docker logs --since` takes it: so long ago, or a time."""


@dataclass(frozen=True)
class Wanted:
    """Which lines of a log."""

    since: str = ""
    lines: str = ""
    grep: re.Pattern[str] | None = None

    @classmethod
    def of(cls, since: str, grep: str, lines: str) -> Wanted:
        """From what the operator types; OperatorError names what is wrong with it."""
        if since and not SINCE.fullmatch(since):
            raise OperatorError(f"SINCE={since}: is no time; write 90s, 10m, 2h, 2026-11-27 or 2026-11-27T05:00:00Z")
        if lines and not (lines.isdecimal() or lines == "all"):
            raise OperatorError(f"LINES={lines}: is no number of lines; write 500, or all")
        try:
            return cls(since, lines, re.compile(grep) if grep else None)
        except re.error as error:
            raise OperatorError(
                f"GREP={grep}: is no regular expression ({error}); put a backslash before what is meant as it stands"
            ) from None

    def options(self) -> list[str]:
        """Of `docker logs`. What is looked for, or is since a time, is not cut to the last lines."""
        tail = self.lines or ("all" if self.since or self.grep else LINES)
        return ["--tail", tail, *(["--since", self.since] if self.since else [])]


def logs(stack: Stack, services: str, *, follow: bool, since: str = "", grep: str = "", lines: str = "") -> int:
    """Show the log of each service's running container, or of its last one."""
    wanted = Wanted.of(since, grep, lines)
    names = list(dict.fromkeys(name.strip() for name in services.split(",")))
    wrong = tell_mistakes(stack)
    if not wrong:
        for name in names:
            refuse_unknown(name, stack.names)
    daemon = reach(stack)
    if wrong:
        known = sorted({found.service for found in daemon.containers()})
        for name in names:
            refuse_unknown(name, known)
    own = {name: daemon.containers_of(name) for name in names}
    if missing := next((name for name in names if not own[name]), None):
        raise OperatorError(f"{missing}: has no container; `make up` makes it")
    options = [*wanted.options(), *(["--follow"] if follow else [])]
    commands = {name: daemon.machine.argv(["docker", "logs", *options, found[-1].id]) for name, found in own.items()}
    try:
        if len(commands) == 1 and not wanted.grep:
            return subprocess.run(commands[names[0]], check=False, env=environment()).returncode
        return _together(commands, wanted.grep)
    except Interrupted:
        # How one stops following.
        return 0


def _together(commands: dict[str, list[str]], grep: re.Pattern[str] | None) -> int:
    """Run them at the same time and show their lines as they come, each behind its service's name; the worst code."""
    width = max(map(len, commands)) if len(commands) > 1 else 0
    running = {name: _started(command) for name, command in commands.items()}
    lock = Lock()
    readers = [
        Thread(target=_copy, args=(process, f"{name:{width}} | " if width else "", grep, lock), daemon=True)
        for name, process in running.items()
    ]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        return max(process.wait() for process in running.values())
    finally:
        for process in running.values():
            process.terminate()


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # A container's errors are lines of its log as well.
    return subprocess.Popen(
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _copy(process: subprocess.Popen[bytes], name: str, grep: re.Pattern[str] | None, lock: Lock) -> None:
    for line in process.stdout or ():
        if grep and not grep.search(line.decode(errors="replace").rstrip("\r\n")):
            continue
        try:
            with lock:
                sys.stdout.buffer.write(name.encode() + line.rstrip(b"\n") + b"\n")
                sys.stdout.buffer.flush()
        except OSError:
            # Nothing reads it any more, as behind `| head`.
            process.terminate()
            return
