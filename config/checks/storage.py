"""Where the proxy's certificates may lie: nowhere that is the system's, or the data of something else.

What lies there is made its owner's alone (chmod 700), backed up, and emptied by a restore.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from config.catalog.own import every_entry
from config.topology.model import PROJECT
from config.values.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.stackfile.settings import Settings

SYSTEM = (
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "lost+found", "proc", "run", "sbin", "snap", "sys",
    "tmp", "usr", "Applications", "Library", "System",
)  # fmt: skip
"""Directories of the root that belong to the system with all that is below them, or are empty after a restart."""
SYSTEM_BELOW = (
    "/opt/containerd",
    *(f"/var/{name}" for name in ("backups", "cache", "lock", "log", "mail", "run", "spool", "tmp")),
    *(f"/var/lib/{name}" for name in (
        "apt", "cloud", "containerd", "dbus", "docker", "dpkg", "nfs", "postgresql", "private", "sudo", "systemd",
    )),
    # The stack's own scripts, locks and address files.
    f"/var/lib/{PROJECT}",
)  # fmt: skip
"""The same, further down. What is beside them is free: /var/lib/letsencrypt, /srv/certificates."""
PARENTS = ("/home", "/var/lib", "/var/www")
"""Directories that hold other programs' or users': one of one's own below them is right."""


def mistakes(settings: Settings) -> Iterator[StackError]:
    """Yield what is wrong with `proxy.storage`."""
    storage = settings.proxy.storage
    if storage is None:
        return
    own = f"{PROJECT}-letsencrypt, or a directory of its own such as /root/letsencrypt"
    owner = _owner(storage, settings)
    if owner:
        yield StackError("proxy.storage", f"{storage} holds the data of {owner}", f"write {own}")
    elif storage.startswith("/") and _is_the_systems(PurePosixPath(storage)):
        problem = f"{storage} is the system's, and what is there would be closed to others and overwritten by a restore"
        yield StackError("proxy.storage", problem, f"write {own}")


def _owner(storage: str, settings: Settings) -> str | None:
    """The service that has that volume or directory, what is in it, or what it is in."""
    for entry in every_entry(settings).values():
        names = {volume.name for volume in entry.volumes} | {f"{PROJECT}-{entry.name}-stand-in"}
        if storage in names or any(_overlap(storage, name) for name in names):
            return entry.name
    return None


def _overlap(one: str, other: str) -> bool:
    if not (one.startswith("/") and other.startswith("/")):
        return False
    first, second = PurePosixPath(one), PurePosixPath(other)
    return first.is_relative_to(second) or second.is_relative_to(first)


def _is_the_systems(path: PurePosixPath) -> bool:
    top = path.parts[1]
    below = any(path.is_relative_to(taken) for taken in SYSTEM_BELOW)
    # A home holds its user's SSH keys; /var/lib itself everything.
    is_parent = any(path == PurePosixPath(parent) for parent in PARENTS) or str(path.parent) == "/home"
    return top in SYSTEM or below or is_parent
