"""What the program on a host is told about a stack's backups, and how it gets there.

It is sent with each command, beside the one that rollouts use: a backup can be put back on a host that has nothing yet.
"""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from config.topology.data import Files, Nothing, Postgres, Sqlite
from config.topology.service import Order
from host import bundle
from host.errors import OperatorError
from host.labels import labels
from host.run import last_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.topology.model import Topology
    from config.topology.service import ServiceSpec, VolumeSpec
    from host.machine import Machine

JSON = dict[str, Any]
FOLDER = "backup"
PROGRAM = "program.pyz"
ORDERS = "timer.json"
"""What the host does by itself, and what it needs for it."""
STACK_FILE = "stack-file"
"""Folder with the stack file, for the backups that the host makes by itself."""
PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105 - the name of a variable


def unit(root: Path, kind: str) -> str:
    """Name of the `service` or the `timer` of systemd by which a host backs itself up."""
    return f"smarter-net-backup-{root.name}.{kind}"


def send(machine: Machine, root: Path, python: str) -> list[str]:
    """Put the program on the host, whole or not at all; the argument list that runs it there."""
    folder, file = shlex.quote(str(root / FOLDER)), shlex.quote(str(root / FOLDER / PROGRAM))
    quoted = shlex.quote(str(root))
    script = (
        f"umask 022 && mkdir -p {quoted} && mkdir -p -m 700 {quoted}/run {folder} && umask 077 && "
        f"{shlex.quote(python)} -I -S -m base64 -d >{file}.new && mv -f {file}.new {file}"
    )
    sent = machine.run(["sh", "-c", script], stdin=bundle.text())
    if sent.returncode:
        raise OperatorError(f"{root / FOLDER}: {last_line(sent.stderr, 'cannot be written')}")
    return [python, "-I", "-S", str(root / FOLDER / PROGRAM)]


def keep_stack_file(machine: Machine, root: Path, file: Path) -> None:
    """Put the stack file on the host, as it was deployed: its secrets are sealed."""
    folder = root / FOLDER / STACK_FILE
    script = 'umask 077 && mkdir -p "$1" && cat >"$1/.new" && mv -f "$1/.new" "$1/$2"'
    sent = machine.run(["sh", "-c", script, "sh", str(folder), file.name], stdin=file.read_text(encoding="utf-8"))
    if sent.returncode:
        raise OperatorError(f"{folder}: {last_line(sent.stderr, 'cannot be written')}")


def parts(topology: Topology) -> list[JSON]:
    """Every volume that is copied, as `host.program.backup.request.Part` has it; no passwords yet."""
    found = [_part(spec, volume) for spec in topology.enabled for volume in spec.volumes]
    proxy = topology.proxy
    found.append(_part_of(proxy.name, proxy.storage, str(proxy.image)))
    return [part for part in found if part]


def before(topology: Topology, service: ServiceSpec) -> JSON:
    """What a rollout copies first, as `host.program.before.snapshot` has it; empty: nothing.

    A service's own volumes, and the databases that it came with.
    """
    if not (topology.backup and topology.backup.before) or service.rollout.order is not Order.RECREATE:
        return {}
    own = [_before(service, volume, "files") for volume in service.volumes if not isinstance(volume.copied, Nothing)]
    databases = [
        _before(spec, volume, "postgres")
        for spec in topology.enabled
        if spec.accessory_of == service.name and not spec.stopped
        for volume in spec.volumes
        if isinstance(volume.copied, Postgres)
    ]
    # Requests wait for the start of the new container, too.
    limit = max(service.rollout.hold.whole_seconds // 2, 1)
    return {"limit": limit, "parts": [*own, *databases]} if own or databases else {}


def _before(spec: ServiceSpec, volume: VolumeSpec, way: str) -> JSON:
    leave_out = list(volume.copied.leave_out) if isinstance(volume.copied, Files) else []
    file = volume.copied.file if isinstance(volume.copied, Sqlite) else ""
    return {"service": spec.name, "volume": volume.name, "way": way, "leave_out": leave_out, "file": file}


def left_out(topology: Topology) -> Iterator[tuple[str, str]]:
    """Each volume that is not copied, and why."""
    for spec in topology.enabled:
        for volume in spec.volumes:
            if isinstance(volume.copied, Nothing):
                yield volume.name, volume.copied.reason


def password_of(topology: Topology, service: str) -> str | None:
    """Name of the secret that a database is made with; None where it is another kind of service."""
    uses = topology.service(service).secrets if service != topology.proxy.name else ()
    return next((use.secret for use in uses if use.name.startswith(PASSWORD)), None)


def document(topology: Topology, **more: object) -> JSON:
    """A request without secrets. `more`: what differs from a plain one."""
    if topology.backup is None:
        raise OperatorError("backup.to: is missing; say where to (docs/data.md)")
    return {
        "stack": topology.stack,
        "to": topology.backup.to,
        "keep": asdict(topology.backup.keep),
        "password": "",
        "s3_key_id": "",
        "s3_secret": "",
        "make": False,
        "parts": parts(topology),
        "files": {},
        "at": "",
        "services": [],
        "overwrite": False,
        "labels": labels(topology),
        **more,
    }


def _part(spec: ServiceSpec, volume: VolumeSpec) -> JSON | None:
    part = _part_of(spec.name, volume, str(spec.image))
    if part and isinstance(volume.copied, Postgres):
        part["environment"] = dict(spec.environment)
        part["health"] = list(spec.health.command or ())
    return part


def _part_of(service: str, volume: VolumeSpec, image: str) -> JSON | None:
    part: JSON = {
        "service": service, "volume": volume.name, "path": volume.path, "way": "files", "file": "", "leave_out": [],
        "pause": True, "image": image, "environment": {}, "password": "", "health": [],
    }  # fmt: skip
    match volume.copied:
        case Nothing():
            return None
        case Postgres():
            return {**part, "way": "postgres"}
        case Sqlite(file=file):
            return {**part, "way": "sqlite", "file": file}
        case Files(leave_out=paths, pause=pause):
            return {**part, "leave_out": list(paths), "pause": pause}
