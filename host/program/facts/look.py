"""The look around, once a minute: containers, disks, and what the history says of rollouts, backups and drills."""

from __future__ import annotations

import os
import time
from calendar import timegm
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Failed
from ..history import FILE
from ..names import SERVICE, STACK
from ..text import json_object, short
from .figures import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..docker import Container, Docker
    from ..place import Place

VOLUME = "smarter-net-facts"
"""In which they are put down, for the node exporter."""
TEXT = "smarter-net.prom"
OWN = ("backup", "drill")
"""What the history has beside services."""
LONGEST = 200
"""Characters of a reason."""


def facts(place: Place, docker: Docker) -> None:
    """Look, and put it down. Where the volume is not there yet, no program reads it."""
    found = docker.call("volume", "inspect", "--format", "{{.Mountpoint}}", VOLUME)
    if found.code:
        return
    figures = Figures()
    stack = place.root.name
    _containers(figures, stack, docker)
    root = docker.must("info", "--format", "{{.DockerRootDir}}").strip()
    _disks(figures, {root, str(place.root)})
    _history(figures, place.root)
    figures.add("facts_seconds", time.time())
    folder = Path(found.out.strip())
    fresh = folder / f".{TEXT}.{os.getpid()}"
    fresh.write_text(figures.text, encoding="utf-8")
    fresh.chmod(0o644)
    fresh.replace(folder / TEXT)


def _containers(figures: Figures, stack: str, docker: Docker) -> None:
    """By service and container: a new container of a service has counted nothing yet."""
    listed = docker.must(
        "ps",
        "-a",
        "--no-trunc",
        "--filter",
        f"label={STACK}={stack}",
        "--format",
        f'{{{{.ID}}}} {{{{.Label "{SERVICE}"}}}}',
    )
    services = dict(line.split(" ", 1) for line in listed.splitlines() if " " in line)
    for container in docker.inspect(*services):
        service = services.get(container.id, "")
        if service and (container.running or container.restarts):
            _container(figures, service, container)


def _container(figures: Figures, service: str, container: Container) -> None:
    named = {"service": service, "container": container.name}
    figures.add("container_restarts", container.restarts, **named)
    figures.add("container_out_of_memory", container.out_of_memory, **named)
    figures.add("container_unhealthy", container.health == "unhealthy", **named)


def _disks(figures: Figures, paths: Iterable[str]) -> None:
    """Each disk once, by the first path on it."""
    seen = set()
    for path in sorted(paths):
        try:
            device, found = Path(path).stat().st_dev, os.statvfs(path)
        except OSError:
            continue
        if device in seen:
            continue
        seen.add(device)
        # As `df` counts: what is kept for root is used.
        used = found.f_blocks - found.f_bfree
        figures.add("disk_used_ratio", used / max(used + found.f_bavail, 1), path=path)
        if found.f_files:
            figures.add("disk_files_ratio", 1 - found.f_favail / found.f_files, path=path)


def _history(figures: Figures, root: Path) -> None:
    """The last rollout of each service; the last good backup and drill, and whether the last one failed."""
    try:
        lines = (root / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    last: dict[str, dict[str, Any]] = {}
    for line in lines:
        entry = json_object(line)
        service = str(entry.get("service") or "")
        if not service:
            continue
        last[service] = entry
        if service in OWN and entry.get("outcome") == "ok":
            last[f"{service} ok"] = entry
    for name, entry in last.items():
        if name.endswith(" ok"):
            figures.add(f"{name.partition(' ')[0]}_good_seconds", _when(entry))
        elif name in OWN:
            figures.add(
                f"{name}_failed", entry.get("outcome") != "ok", reason=short(str(entry.get("why") or ""), LONGEST)
            )
        else:
            release = str(entry.get("release") or "")
            figures.add("rollout_failed", entry.get("outcome") != "ok", service=name, release=release)


def _when(entry: dict[str, Any]) -> float:
    try:
        return timegm(time.strptime(str(entry["when"]), "%Y-%m-%dT%H:%M:%SZ"))
    except (KeyError, ValueError) as error:
        raise Failed(f"{FILE}: {error}") from None
