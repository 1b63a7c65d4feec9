"""The repositories below `backup/before/` of a stack's folder: one for each service, with a password of the host's own.

One for each, because the rollout's lock then keeps two commands from the same repository.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..backup.restic import NO_REPOSITORY, WRONG_PASSWORD, Restic
from ..backup.workplace import FOLDER
from ..errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..place import Place

BEFORE = "before"
TAG = "smarter-net-before"
"""Of their snapshots, in the stack's repository too: no backup of the stack has it."""
PATIENCE = 30


@dataclass(frozen=True)
class Local:
    """What restic is told of one of them."""

    stack: str
    to: str
    password: str
    s3_key_id: str = ""
    s3_secret: str = ""


def folder_of(place: Place, service: str) -> Path:
    """Where a service's repository is."""
    return place.root / FOLDER / BEFORE / service


def password_file(place: Place) -> Path:
    """Whose password is that of all of them."""
    return place.root / FOLDER / f"{BEFORE}.password"


def failed(why: str) -> Failed:
    """What keeps a rollout from going on, and the key that lets it."""
    told = why.removeprefix("backup.before: ").partition("; without a snapshot")[0]
    return Failed(f"backup.before: {told}; without a snapshot: `before: false` in smarter-net:backup")


@contextmanager
def opened(
    place: Place, stack: str, service: str, *, look: bool = True, wrong: Callable[[str], Failed] = failed
) -> Iterator[Restic]:  # fmt: skip
    """A service's repository. Failed, with the key that helps, if it cannot be used.

    `look`: it is made if there is none. Each command of restic takes half a second for its password. `wrong`: makes
    the failure of what is said.
    """
    if os.geteuid():
        raise wrong("the data in volumes is root's alone; log in as root, or as a user with sudo")
    folder = place.root / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    # Its end is what workplace.py knows a killed command's folder by.
    scratch, cache = folder / f"run.{service}.{os.getpid()}", folder / "cache"
    try:
        to = folder_of(place, service)
        to.parent.mkdir(mode=0o700, exist_ok=True)
        cache.mkdir(mode=0o700, exist_ok=True)
        scratch.mkdir(mode=0o700, exist_ok=True)
        restic = Restic(Local(stack, str(to), _password(place)), scratch, cache, tag=TAG)
        if look:
            _open(restic, to)
        yield restic
    except Failed as failure:
        raise wrong(str(failure)) from None
    except OSError as error:
        raise wrong(f"{error.filename or folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _open(restic: Restic, to: Path) -> None:
    answer = restic.run("cat", "config", "--no-lock")
    if answer.returncode == NO_REPOSITORY:
        restic.must("init")
    elif answer.returncode == WRONG_PASSWORD:
        raise Failed(f"{to} has another password than {to.parent}.password; move it away, and a new one is made")
    elif answer.returncode:
        restic.must("cat", "config", "--no-lock")


def _password(place: Place) -> str:
    file = password_file(place)
    with place.lock(BEFORE, PATIENCE):
        if not file.exists():
            place.write(file, secrets.token_urlsafe(32).encode())
        return file.read_text(encoding="utf-8")
