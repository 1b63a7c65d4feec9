"""A stack's volumes as folders of its host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Failed
from ..text import last

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..docker import Docker


def folder_of(docker: Docker, volume: str) -> Path | None:
    """Where its data is; None if the host has no such volume."""
    if volume.startswith("/"):
        found = Path(volume)
        return found if found.is_dir() else None
    answer = docker.patiently("volume", "inspect", "--format", "{{.Mountpoint}}", volume)
    if answer.code:
        if "no such volume" in answer.err.lower():
            return None
        raise Failed(f"volume {volume}: {last(answer.err)}")
    found = Path(answer.out.strip())
    if not found.is_dir():
        raise Failed(f"volume {volume}: {found} is no folder here; backups need Docker on a Linux of its own")
    return found


def made(docker: Docker, volume: str, labels: Mapping[str, str]) -> Path:
    """Where its data is, of one that is made if the host has none."""
    found = folder_of(docker, volume)
    if found:
        return found
    if volume.startswith("/"):
        Path(volume).mkdir(mode=0o700, parents=True)
    else:
        words = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
        docker.must("volume", "create", *words, volume)
    again = folder_of(docker, volume)
    if not again:
        raise Failed(f"volume {volume}: was made and is not there; run the same command again")
    return again


def users(docker: Docker, volume: str, *, paused: bool = False) -> list[str]:
    """Ids of the containers that run and have it; one that was paused by hand is one if `paused`."""
    status = () if paused else ("--filter", "status=running")
    return docker.must("ps", "--quiet", "--no-trunc", "--filter", f"volume={volume}", *status).split()
