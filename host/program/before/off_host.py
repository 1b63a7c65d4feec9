"""Copies those snapshots into the stack's repository, with each backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..backup.listing import tag
from ..backup.parts import FIRST_PASS
from .local import TAG, folder_of, opened, password_file
from .snapshot import over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..backup.restic import Restic
    from ..place import Place

LOCKED = "2m"
"""For so long a rollout that removes older ones is waited for."""


def copy(place: Place, stack: str, to: Restic) -> int:
    """Copy what the stack's repository has not; how many snapshots it has of them now."""
    copied = 0
    for folder in sorted(folder_of(place, "").glob("*/config")):
        service = folder.parent.name
        with opened(place, stack, service) as restic:
            own = [each["id"] for each in restic.snapshots() if FIRST_PASS not in each["tags"]]
        if own:
            source = ("--from-repo", str(folder.parent), "--from-password-file", str(password_file(place)))
            to.must("copy", "--retry-lock", LOCKED, *source, *own)
            copied += len(own)
    return copied


def remove_old(restic: Restic, keep: Mapping[str, int]) -> None:
    """Remove copies of older ones, if anything may be removed. Failed if the key may not remove."""
    if not any(keep.values()):
        return
    copies = restic.snapshots(TAG)
    services = {tag(each, "service") for each in copies}
    gone = [
        each["id"]
        for service in services
        for each in over([copied for copied in copies if tag(copied, "service") == service])
    ]
    if gone:
        restic.run("unlock")
        restic.must("forget", "--prune", *gone)
