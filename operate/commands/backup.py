"""A stack's data, copied: into its repository, see `operate.repository`; where it has none, to this machine.

There it is one archive a volume, and a manifest that says what each is. A folder below `backups/` has its name only
once all of it is on the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from host import volumes
from host.errors import OperatorError
from operate import repository
from operate.prepare import reach
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.daemon import Daemon
    from operate.stack import Stack


FOLDER = "backups"
MANIFEST = "manifest.json"
FASTEST = 1
"""gzip's level: the service waits while its volume is read."""


@dataclass(frozen=True)
class Archive:
    """One volume in a backup."""

    volume: str
    """Docker volume name, or the host's directory."""
    service: str
    file: str
    bytes: int
    sha256: str
    release: str
    """Of the container that wrote it last; empty if the service had none."""
    image: str


HERE = "here"


def backup(stack: Stack, *, init: bool = False, to: str = "") -> int:
    """Back the stack up: into its repository, by its host; where it has none, into a folder of this machine.

    `init`: make a repository that is not there. `to`: `here` for this machine in any case.
    """
    if to not in {"", HERE} or (to and init):
        cure = "where the repository is, smarter-net:backup.to says"
        raise OperatorError(f"TO={to}: is for `here` alone, this machine; {cure}")
    if to:
        return to_here(stack)
    if stack.topology.backup:
        return repository.backup(stack, make=init)
    if init:
        raise OperatorError(f"INIT=1: {stack.file.name} has no smarter-net:backup to make a repository for")
    code = to_here(stack)
    console.print(
        f"Not encrypted, and only here: {stack.file.name} has no smarter-net:backup (docs/data.md).", soft_wrap=True
    )
    return code


def to_here(stack: Stack) -> int:
    """Copy every volume that holds data of the stack into a folder of its own."""
    daemon = reach(stack)
    found = {
        volume: service for volume, service in volumes.owners(stack.topology).items()
        if not daemon.bare and volumes.there(daemon, volume)
    }  # fmt: skip
    if not found:
        raise OperatorError(f"{stack.name}: the host has no volume of it; there is nothing to copy")
    volumes.sweep(daemon)
    now = datetime.now(UTC)
    whole = stack.folder / FOLDER / f"{stack.name}-{now:%Y-%m-%dT%H-%M-%SZ}"
    partial = whole.with_name(f"{whole.name}.partial")
    try:
        whole.parent.mkdir(mode=0o700, exist_ok=True)
        partial.mkdir(mode=0o700)
        archives = [_copy(stack, daemon, volume, service, partial) for volume, service in found.items()]
        manifest = {
            "stack": stack.name,
            "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "archives": [asdict(one) for one in archives],
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        os.sync()
        partial.rename(whole)
    except OSError as error:
        raise OperatorError(f"{whole}: {error.strerror}; nothing of this backup is kept") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    console.print(f"{whole.relative_to(stack.folder)}: whole. `make restore` takes it as FROM=.")
    return 0


def _copy(stack: Stack, daemon: Daemon, volume: str, service: str, folder: Path) -> Archive:
    containers = daemon.containers_of(service)
    # The proxy is never held: Caddy renames each file of its storage into place, whole.
    held = [] if service == stack.topology.proxy.name else _users(daemon, volume)
    file = folder / f"{volume.strip('/').replace('/', '_')}.tar.gz"
    began = time.monotonic()
    try:
        with (
            closing(volumes.read(daemon, volume, held)) as content,
            gzip.open(file, "wb", compresslevel=FASTEST) as packed,
        ):
            for chunk in content:
                packed.write(chunk)
    except BaseException:
        _let_go(daemon, held)
        raise
    seconds = time.monotonic() - began
    size = file.stat().st_size
    paused = f"paused for at most {seconds:.1f} s" if held else "not paused"
    console.print(f"{service}: {volume}, {size / 1e6:.1f} MB, {paused}")
    release, image = (containers[-1].release, containers[-1].image) if containers else ("", "")
    return Archive(volume, service, file.name, size, digest(file), release, image)


def _users(daemon: Daemon, volume: str) -> Sequence[str]:
    """Containers that can write to the volume now. What was paused by hand is left so."""
    return [each.id for each in daemon.running(f"volume={volume}") if not each.paused]


def _let_go(daemon: Daemon, held: Sequence[str]) -> None:
    """Whatever broke the copy: the services go on. On the host they were let go already, unless it is gone itself."""
    for container in held:
        with suppress(OperatorError):
            daemon.docker("unpause", container)


def digest(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
