"""Data that a rollback has replaced. It is kept until a good backup was made after that."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backup.workplace import FOLDER
from ..errors import Failed
from ..text import json_object
from . import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..docker import Docker
    from ..place import Place


def _folder(place: Place) -> Path:
    return place.root / FOLDER / "replaced"


def note(place: Place, stamp: str, folders: list[str], databases: list[str]) -> None:
    """Write down where it is. `databases`: the services that have one."""
    _folder(place).mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {"stamp": stamp, "folders": folders, "databases": databases}
    place.write(_folder(place) / f"{stamp}.{'.'.join(databases) or Path(folders[0]).parent.name}", _json(line))


def remove(place: Place, stack: str, docker: Docker) -> Iterator[str]:
    """Remove all of it; a line for each. What cannot be removed is left for the next time."""
    for file in sorted(_folder(place).glob("*")):
        line = json_object(file.read_text(encoding="utf-8"))
        try:
            for service in line.get("databases") or ():
                running = docker.containers(stack, service)
                if not running:
                    raise Failed(f"{service} does not run")  # noqa: TRY301
                database.drop_aside(docker, running[-1].id, line["stamp"])
            for folder in line.get("folders") or ():
                if Path(folder).exists():
                    shutil.rmtree(folder)
        except (Failed, OSError) as error:
            yield f"what a rollback has replaced cannot be removed yet: {error}"
            continue
        file.unlink()
        yield f"what a rollback of {line.get('stamp')} has replaced is removed"


def _json(line: dict[str, Any]) -> bytes:
    return json.dumps(line).encode()
