"""A backup, back into the volumes that the next `make up` uses."""

from __future__ import annotations

import gzip
import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from host import volumes
from host.errors import OperatorError
from host.labels import labels
from host.machine import RESTORING
from host.paths import SCRIPTS
from host.run import last_line
from operate import repository
from operate.commands.backup import MANIFEST, Archive, digest
from operate.prepare import reach
from operate.stack import refuse_unknown
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.daemon import Daemon
    from operate.stack import Stack


def restore(stack: Stack, folder: str, *, confirm: str, at: str = "", service: str = "") -> int:
    """Fill the stack's volumes from a backup: a folder of this machine, or one of the stack's repository.

    `at`: its id or `latest`. `service`: whose volumes, its accessories' too; empty: all.
    """
    if bool(folder) == bool(at):
        raise OperatorError(
            "name one backup: make restore FROM=backups/… of this machine, or AT=latest of `make backups`"
        )
    if at:
        return _from_repository(stack, at, service, confirm=confirm)
    if service:
        raise OperatorError("SERVICE: a backup of this machine is put back whole; leave it out, or name one with AT=")
    return from_here(stack, Path(folder), confirm=confirm)


def _from_repository(stack: Stack, at: str, service: str, *, confirm: str) -> int:
    if stack.topology.backup is None:
        raise OperatorError(f"AT={at}: {stack.file.name} has no smarter-net:backup; say where it is (docs/data.md)")
    if service:
        refuse_unknown(service, stack.names)
    services = [spec.name for spec in stack.topology.services if service and service in {spec.name, spec.accessory_of}]
    daemon = reach(stack)
    if daemon.bare:
        _install(daemon)
    repository.restore(stack, daemon, at, services or [service] * bool(service), overwrite=confirm == stack.name)
    return 0


def from_here(stack: Stack, folder: Path, *, confirm: str) -> int:
    """Fill them from a folder of this machine. Everything is looked at before anything is written."""
    archives = _checked(stack, folder)
    daemon = reach(stack)
    if daemon.bare:
        _install(daemon)
    volumes.sweep(daemon)
    _refuse_users(daemon, archives)
    left = daemon.machine.files(stack.root).get(RESTORING, "").split("\n")
    full = [found.volume for found in archives if volumes.there(daemon, found.volume)]
    full = [volume for volume in full if not volumes.empty(daemon, volume)]
    # What a restore that was cut short has left is no data of the stack's.
    overwritten = [volume for volume in full if volume not in left]
    if overwritten and confirm != stack.name:
        raise OperatorError(
            f"CONFIRM={confirm}: {', '.join(overwritten)} on the host is not empty, and would be lost; "
            f"repeat it with CONFIRM={stack.name}"
        )
    _mark(stack, daemon, [*left, *(found.volume for found in archives)])
    for found in archives:
        if found.volume in full:
            _make_room(daemon, found.volume)
        if not found.volume.startswith("/"):
            marks = [word for key, value in labels(stack.topology).items() for word in ("--label", f"{key}={value}")]
            daemon.docker("volume", "create", *marks, found.volume)
        with gzip.open(folder / found.file, "rb") as archive:
            volumes.write(daemon, found.volume, archive)  # type: ignore[arg-type]  # it reads bytes as any file does
        console.print(f"{found.service}: {found.volume} restored")
    _shell(daemon, f"rm -f {shlex.quote(str(stack.root / RESTORING))}")
    console.print(f"{stack.name}: all of {folder.name} is back; `make up` takes it up")
    return 0


def _checked(stack: Stack, folder: Path) -> Sequence[Archive]:
    """What is in the backup, once every byte of it was found to be the one that was written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        archives = [Archive(**entry) for entry in manifest["archives"]]
        of = manifest["stack"]
    except FileNotFoundError:
        raise OperatorError(f"FROM={folder}: has no {MANIFEST}, so it is no whole backup") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise OperatorError(f"FROM={folder}: its {MANIFEST} cannot be read; take another backup") from None
    if of != stack.name:
        raise OperatorError(f"FROM={folder}: is a backup of {of}, not of {stack.name}")
    known = volumes.owners(stack.topology)
    for found in archives:
        if found.volume not in known:
            problem = f"{found.volume} is no volume of {stack.name}'s stack file"
            raise OperatorError(f"FROM={folder}: {problem}; name its service, {found.service}, in services")
        file = folder / found.file
        if file.parent != folder or not file.is_file() or digest(file) != found.sha256:
            raise OperatorError(f"FROM={folder}: {found.file} is not what was backed up; take another backup")
    return archives


def _install(daemon: Daemon) -> None:
    """Docker, as `make up` installs it on a new server."""
    console.print("docker: not there yet, installing it")
    installed = daemon.machine.run(["sh", "-s"], stdin=(SCRIPTS / "install.sh").read_text(encoding="utf-8"))
    if installed.returncode:
        raise OperatorError(f"docker: cannot be installed: {last_line(installed.stderr, 'failed')}")
    daemon.bare = False


def _refuse_users(daemon: Daemon, archives: Sequence[Archive]) -> None:
    for found in archives:
        running = daemon.docker("ps", "--filter", f"volume={found.volume}", "--format", "{{.Names}}").split()
        if running:
            raise OperatorError(f"{', '.join(running)}: uses {found.volume}; run `make down` first")


def _mark(stack: Stack, daemon: Daemon, names: Sequence[str]) -> None:
    """Until all is there `make up` refuses."""
    mark = shlex.quote(str(stack.root / RESTORING))
    text = "\n".join(sorted({name for name in names if name}))
    _shell(daemon, f"mkdir -p {shlex.quote(str(stack.root))} && cat >{mark}", text)


def _make_room(daemon: Daemon, volume: str) -> None:
    """Take away what is there. What a directory of the host holds is moved beside it, and never deleted."""
    if not volume.startswith("/"):
        daemon.docker("volume", "rm", volume)
        return
    beside = f"{volume}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    move = f"find {shlex.quote(volume)} -mindepth 1 -maxdepth 1 -exec mv -t {shlex.quote(beside)} {{}} +"
    _shell(daemon, f"mkdir -m 700 {shlex.quote(beside)} && {move}")
    console.print(f"{volume}: what it held is in {beside} now")


def _shell(daemon: Daemon, script: str, stdin: str = "") -> None:
    result = daemon.machine.run(["sh", "-c", script], stdin=stdin)
    if result.returncode:
        raise OperatorError(f"restore: {last_line(result.stderr, 'a command failed on the host')}")
