"""Containers that stand still for a moment, and go on whatever becomes of the program that asked for it.

A process of its own pauses them and lets them go: when it is told to, when the program is gone, killed or not, or after
a time limit. It is in a session of its own, and no signal of a terminal or a connection reaches it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Failed
from ..text import last

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 60
"""Seconds. A repository that does not answer must not hold a service for longer."""
PATIENCE = 120
"""Seconds for which a daemon that is restarted is asked to let a container go."""
NOT_PAUSED = ("is not paused", "is not running", "no such container")
"""Docker's words for one that has nothing to be let go from."""
HELD = "held."
"""Begins the name of a file with what a process holds."""
LATE, LET_GO = 3, 4
"""Exit codes: after the time limit; one was let go by another program meanwhile."""


@contextmanager
def held(program: Sequence[str], containers: Sequence[str], limit: float = LIMIT) -> Iterator[None]:
    """Hold the containers; Failed if they did not stand still from the beginning to the end.

    `program`: the argument list of this program, without a command.
    """
    if not containers:
        yield
        return
    keeper = subprocess.Popen(
        [*program, "hold", str(limit), *containers], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert keeper.stdin  # noqa: S101  for the type checker
    assert keeper.stdout  # noqa: S101
    try:
        said = keeper.stdout.readline().decode("utf-8", "replace").strip()
        if said != "held":
            raise Failed(said or "docker pause: failed; run the same command again")
        yield
    finally:
        keeper.stdin.close()
        code = keeper.wait()
        keeper.stdout.close()
        if code < 0:
            for container in containers:
                _let_go(container)
    if code == LATE:
        raise Failed(
            f"was paused for {limit:g} s, and the repository had not taken all of it; it goes on, run it again"
        )
    if code:
        raise Failed("was let go on while its volume was read; run the same command again")


def hold(arguments: Sequence[str]) -> int:
    """What the process of its own does: `LIMIT CONTAINER…`. Ends when its input does."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    limit, containers = float(arguments[0]), arguments[1:]
    done: list[str] = []
    note = _notes() / f"{HELD}{os.getpid()}"
    with suppress(OSError):
        note.write_text(" ".join(containers))
    try:
        for container in containers:
            # Before the answer is known: one that is paused and not noted would stay so.
            done.append(container)
            answer = _docker("pause", container)
            if answer.returncode:
                _say(f"docker pause: {last(answer.stderr) or 'failed'}")
                return 1
        _say("held")
        ended = _ended(limit)
        states = [_docker("inspect", "--format", "{{.State.Paused}}", each).stdout.strip() for each in containers]
    finally:
        for container in done:
            _let_go(container)
        with suppress(OSError):
            note.unlink()
    if not ended:
        return LATE
    return 0 if all(state == "true" for state in states) else LET_GO


def let_go(_: Sequence[str]) -> int:
    """For systemd, which ends a run with all its processes: what such a run has held goes on."""
    for note in _notes().glob(f"{HELD}*"):
        for container in note.read_text().split():
            _let_go(container)
        note.unlink(missing_ok=True)
    return 0


def _notes() -> Path:
    """The folder of this program's root, see workplace.py."""
    return Path(sys.argv[0]).absolute().parent.parent / "backup"


def _ended(limit: float) -> bool:
    """Whether the input ends within so many seconds."""
    deadline = time.monotonic() + limit
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([0], [], [], left)
        if ready and not os.read(0, 1024):
            return True
    return False


def _let_go(container: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = _docker("unpause", container)
        if not answer.returncode or any(words in answer.stderr.lower() for words in NOT_PAUSED):
            return
        time.sleep(0.5)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        pass
