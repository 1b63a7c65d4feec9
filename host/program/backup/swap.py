"""What was put together takes the place of what is there: all of it, or none."""

from __future__ import annotations

import errno
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Failed
from .workplace import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..place import Place
    from .request import Part

RESTORING = "restoring"
"""File in the stack's folder while volumes change places: until it is gone `make up` refuses."""
Move = tuple["Path", "Path"]


@dataclass(frozen=True)
class Prepared:
    """A volume's folder, and beside it what goes there."""

    part: Part
    folder: Path
    fresh: Path


def change_places(place: Place, prepared: Sequence[Prepared]) -> None:
    """Move what is there aside, and what was put together to its place; Failed, and all as it was, if one cannot.

    Quick, and marked meanwhile: what a power cut leaves in between, the next restore clears up.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    own = {each.part.volume for each in prepared}
    # Of others that a power cut has left so.
    left = marked(place) - own
    done: list[Move] = []
    asides: dict[str, Path] = {}
    with _not_interrupted():
        _mark(place, own | left)
        try:
            for each in prepared:
                if any(each.folder.iterdir()):
                    asides[each.part.volume] = each.folder.with_name(f"{each.folder.name}.before-{stamp}")
                    asides[each.part.volume].mkdir(mode=0o700)
                _change(each, asides.get(each.part.volume), done)
        except OSError as error:
            _put_back(done, list(asides.values()), error)
            _mark(place, left)
            raise Failed(f"restore: {error.filename}: {error.strerror}; all is as it was, run it again") from None
        _mark(place, left)
    for volume, aside in asides.items():
        say(f"{volume}: what it held is in {aside} now; remove it once all is well")
    for volume in sorted(left):
        say(f"{volume}: is still half restored; put it back too, with its own SERVICE= or without one")


def marked(place: Place) -> set[str]:
    """The volumes that are half restored."""
    try:
        return set((place.root / RESTORING).read_text(encoding="utf-8").split("\n")) - {""}
    except FileNotFoundError:
        return set()


def _mark(place: Place, volumes: set[str]) -> None:
    if volumes:
        place.write(place.root / RESTORING, "".join(f"{each}\n" for each in sorted(volumes)).encode(), 0o644)
    else:
        (place.root / RESTORING).unlink(missing_ok=True)


def _change(each: Prepared, aside: Path | None, done: list[Move]) -> None:
    if aside:
        _move_all(each.folder, aside, done)
    _move_all(each.fresh, each.folder, done)
    state = each.fresh.stat()
    shutil.chown(each.folder, state.st_uid, state.st_gid)
    each.folder.chmod(state.st_mode & 0o7777)


def _move_all(source: Path, target: Path, done: list[Move]) -> None:
    # Not the folder itself: it may be a disk of its own.
    for path in sorted(source.iterdir()):
        move(path, target / path.name)
        done.append((path, target / path.name))


def move(path: Path, target: Path) -> None:
    """Rename; to another disk, copy with owners, times and links, and then remove. OSError, and `path` as it was."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copied = subprocess.run(["cp", "-a", str(path), str(target)], capture_output=True, text=True, check=False)
        if copied.returncode:
            _remove(target)
            raise OSError(errno.EIO, copied.stderr.strip().rpartition(": ")[2], str(target)) from None
        _remove(path)


def _put_back(done: list[Move], asides: list[Path], error: OSError) -> None:
    try:
        for path, target in reversed(done):
            move(target, path)
        for aside in asides:
            aside.rmdir()
    except OSError as again:
        where = f"what was there is in {', '.join(map(str, asides))}"
        raise Failed(f"restore: {error}, and no way back: {again}; {where}; mend the disk and run it again") from None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """A signal waits until it is over."""
    numbers = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
