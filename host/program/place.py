"""The folder that all of a stack's files on its host are in.

bin/               this program and the scripts
proxy/             mounted at /etc/caddy: caddy.json, and releases/<service> with the address of its current container
run/               for its owner alone: locks, the plans of rollouts under way, the containers that they may go back to
log/<service>.log  the last rollout, line by line
history.jsonl      every rollout, a JSON object a line
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .errors import Failed
from .names import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .clock import Clock

ROOM = 262_144
"""Bytes that have to be free before anything is changed."""
ROLLOUT_PATIENCE = 900
"""Seconds that a rollout waits for the one before it."""
PLAN = "plan."


class Place:
    """One stack's."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.root = root
        self.run = root / "run"
        self.proxy = root / "proxy"
        self._clock = clock

    def need_room(self) -> None:
        """End while nothing has been changed if there is no room for what is written down; Failed.

        In the middle a container may have been stopped already.
        """
        file = self.run / f"room.{os.getpid()}"
        try:
            file.write_bytes(bytes(ROOM))
        except OSError as error:
            raise Failed(f"{self.root}: {str(error.strerror).lower()}") from None
        finally:
            with suppress(OSError):
                file.unlink()

    @contextmanager
    def lock(self, name: str, seconds: float) -> Iterator[int]:
        """Hold `run/NAME.lock`, until this process ends, however it ends; Failed if another does for so many seconds.

        Gives its descriptor: a child that lives on has to close it.
        """
        path = self.run / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = self._clock.now() + seconds
            while not _try_lock(descriptor):
                if self._clock.now() >= deadline:
                    held = f"another run has held {path} for {seconds:g} s; it ends by itself, try again then"
                    raise Failed(f"{name}: {held}")
                self._clock.sleep(0.1)
            yield descriptor
        finally:
            os.close(descriptor)

    def write(self, path: Path, content: bytes, mode: int = 0o600, *, sync: bool = True) -> None:
        """Put a file there, whole or not at all, whatever is cut off meanwhile; a power cut too, if `sync`."""
        # Not beside it: the proxy reads there, and a folder on the same disk may rename into it.
        fresh = self.run / f"new.{path.name}.{os.getpid()}"
        try:
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                if sync:
                    os.fsync(file.fileno())
                os.fchmod(file.fileno(), mode)
            fresh.replace(path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            raise

    def address(self, service: str) -> str:
        """Where requests for a service go; empty if that is written nowhere."""
        return _read(self.proxy / "releases" / service)

    def point(self, service: str, address: str) -> None:
        """Where they go from the next dial on, held ones too. They do not wait for the disk as well."""
        self.write(self.proxy / "releases" / service, address.encode(), 0o644, sync=False)

    def settle(self, service: str) -> None:
        """Have the address on the disk."""
        with (self.proxy / "releases" / service).open("rb") as file:
            os.fsync(file.fileno())

    def held(self, service: str) -> bool:
        """Whether requests for a service wait for a container."""
        return self.address(service) == NOWHERE

    def plan(self, service: str) -> Path:
        """The request of the rollout that is under way, or was cut off."""
        return self.run / f"{PLAN}{service}"

    def plans(self) -> dict[str, str]:
        """By service, what is to be taken up."""
        return {path.name[len(PLAN) :]: _read(path) for path in sorted(self.run.glob(f"{PLAN}*"))}

    @property
    def standby(self) -> Path:
        """What the second proxy was started for, while there is one."""
        return self.run / "standby"

    def old(self, service: str) -> list[str]:
        """Ids of the containers that a rollout which was cut off may go back to, the best first."""
        return _read(self._old(service)).split()

    def note_old(self, service: str, ids: list[str]) -> None:
        """For whatever takes a rollout up: its process may be killed at any moment."""
        self.write(self._old(service), "".join(f"{each}\n" for each in ids).encode())

    def forget_old(self, service: str) -> None:
        """The service serves."""
        with suppress(FileNotFoundError):
            self._old(service).unlink()

    def _old(self, service: str) -> Path:
        return self.run / f"{service}.old"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
