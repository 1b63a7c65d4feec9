"""The checks of a stack file's backups: keys that need each other, and the secrets that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.catalog.own import every_entry
from config.checks.missing import missing
from config.topology.backup import PASSWORD
from config.values.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.stackfile.settings import Settings
    from config.values.secret import Secret

SHORTEST = 16
"""Characters of the password: who has the repository may try as many as they like."""

SYSTEMS = {"/var/lib/docker": "Docker's own directory", **dict.fromkeys(("/proc", "/sys", "/dev"), "the kernel's")}
"""Directories that no backup is kept in, and whose they are."""


def mistakes(settings: Settings, secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    """Yield what is wrong, in the order of the stack file."""
    own = settings.backup
    if own.to is None:
        if own.model_fields_set:
            cure = "add where to, such as sftp:backup@backup.example.com:/srv/backup, or remove the section"
            yield StackError("backup.to", "is missing, and without it there is no backup", cure)
        return
    spec = own.spec
    if spec is None:
        return
    if own.drill and not own.at:
        cure = "add at, such as `at: 03:15 America/Santiago`, or remove it: `make drill` tries at any time"
        yield StackError("backup.drill", "has no timer that it could follow", cure)
    entries = every_entry(settings).values()
    taken = {volume.name: f"the data of {entry.name}" for entry in entries for volume in entry.volumes}
    taken[settings.proxy.storage or settings.host.storage] = "the certificates' directory"
    for folder, what in (taken | SYSTEMS).items():
        if spec.on_the_host and f"{spec.to}/".startswith(f"{folder}/"):
            yield StackError("backup.to", f"{spec.to} is in {what}", "name another directory")
    why = {PASSWORD: f": the backups in {own.to} are encrypted with it"}
    for name in spec.secrets:
        secret = secrets.get(name)
        if secret is None:
            yield missing(name, why.get(name, f": {own.to} lets in who has it"), secrets)
        elif name == PASSWORD and secret.length and secret.length < SHORTEST:
            cure = "run `make secrets`, which makes one, or use at least that many"
            yield StackError(f"secret:{name}", f"has fewer than {SHORTEST} characters", cure)
