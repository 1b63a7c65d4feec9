"""A program in a container, with this terminal's streams, its exit code and its signals. None of it is left behind."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from config.topology.model import SshHost
from host.environment import environment
from host.errors import OperatorError
from host.run import last_line
from host.ssh import SSH_FAILED, unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from host.machine import Machine

KEEPER = Path(__file__).with_name("keeper.py")
BEAT = 10.0
"""Seconds between two signs of life."""
LETTERS = {signal.SIGINT: b"I", signal.SIGTERM: b"T"}
PATIENCE = 3
"""The how manieth signal ends the wait, as in a run of the engine."""
LAST = 15.0
"""Seconds that the keeper may take for its last look."""


def attached(machine: Machine, container: str, command: Sequence[str]) -> int:
    """Run a command in a container to its end; its exit code, or 128 and the signal that ended it.

    At a terminal it has one too, and Ctrl-C is its own to take. Elsewhere SIGINT and SIGTERM are handed on. After
    the third, when the window is closed (SIGHUP), or when the connection is cut, all that it has begun is ended.
    OperatorError if the machine cannot be reached, or any more.
    """
    tty = sys.stdin.isatty() and sys.stdout.isatty()
    mark = f"SMARTER_NET_SESSION={secrets.token_hex(8)}"
    with _Keeper(machine, container, mark) as keeper:
        exec_ = ["docker", "exec", "--interactive", *(["--tty"] if tty else []), "--env", mark, container, *command]
        # Without a terminal: a Ctrl-C that ended this would leave its program without an end.
        running = subprocess.Popen(machine.argv(exec_, tty=tty), env=environment(), start_new_session=not tty)
        keeper.program = running
        code = running.wait()
        if code == SSH_FAILED and isinstance(machine.host, SshHost) and keeper.gone():
            raise OperatorError(
                f"host.address: the connection to {machine.host.address} was cut; what was begun in the container is "
                "ended there"
            )
        if code not in {SSH_FAILED, *range(-64, 0)}:
            keeper.ended()
    return 128 - code if code < 0 else code


class _Keeper:
    """The program beside it on the host, and this process's signals, which go to it."""

    def __init__(self, machine: Machine, container: str, mark: str) -> None:
        python = "python3" if isinstance(machine.host, SshHost) else sys.executable
        command = [python, "-I", "-S", "-c", KEEPER.read_text(encoding="utf-8"), container, mark]
        self.program: subprocess.Popen[bytes] | None = None
        self._machine = machine
        self._signals = 0
        self._closed = False
        self._over = threading.Event()
        theirs, self._words = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            machine.argv(command), env=environment(), start_new_session=True,
            stdin=theirs, stdout=answers, stderr=subprocess.STDOUT,
        )  # fmt: skip
        os.close(theirs)
        os.close(answers)

    def __enter__(self) -> Self:
        said = []
        with open(self._answers, encoding="utf-8", errors="replace", closefd=False) as answers:
            # An `ssh` may have warnings before it.
            for line in answers:
                said.append(line)
                if line == "ready\n":
                    break
        if "ready\n" not in said:
            if isinstance(self._machine.host, SshHost) and self._process.wait() == SSH_FAILED:
                raise OperatorError(unreachable(self._machine.host, "".join(said)))
            raise OperatorError(f"host: {last_line(''.join(said), 'Python does not run there')}; `make up` installs it")
        self._before = {number: signal.getsignal(number) for number in (*LETTERS, signal.SIGHUP)}
        for number, handler in self._before.items():
            # `nohup` has it ignored, and so it stays.
            if handler is not signal.SIG_IGN:
                signal.signal(number, self._hand_on)
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ended(self) -> None:
        """The program has ended by itself: one look is enough."""
        self._say(b"E")

    def gone(self) -> bool:
        """Whether this one has ended as well, and the connection is what they had in common."""
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            self._say(b".")

    def _hand_on(self, number: int, _: FrameType | None) -> None:
        self._signals += 1
        if number != signal.SIGHUP and self._signals < PATIENCE:
            self._say(LETTERS[signal.Signals(number)])
            return
        self._close()
        if self.program and self._signals > PATIENCE:
            self.program.kill()

    def _close(self) -> None:
        self._over.set()
        if not self._closed:
            self._closed = True
            os.close(self._words)

    def _say(self, letter: bytes) -> None:
        if not self._closed:
            with suppress(OSError):
                os.write(self._words, letter)
