"""What happened to the services of this host, and the images that a way back needs."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from .text import json_object

if TYPE_CHECKING:
    from pathlib import Path

    from .docker import Docker
    from .request import Request
    from .tell import Tell

KEPT_IMAGES = 5
"""Newest images of a service that are kept; an older one goes if no container uses it."""
ASKED = 200
"""Older images that are looked for in a run; what is older still was removed long ago."""
FILE = "history.jsonl"


def record(
    root: Path, request: Request, outcome: str, previous: str, *, seconds: int, held: int,
    snapshot: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append a rollout; `make history` and `make rollback` read it.

    `previous`: the release that served before. `held`: seconds that requests waited.
    `snapshot`: of the data before it.
    """
    append(root, {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "by": request.by,
        "service": request.service,
        "release": request.release,
        "previous": previous,
        "image": request.image,
        "order": request.order,
        "outcome": outcome,
        "seconds": seconds,
        "held": held,
        "settings": json.loads(request.settings),
        **({"snapshot": snapshot} if snapshot else {}),
    })  # fmt: skip


def append(root: Path, line: dict[str, Any]) -> None:
    """Append a line that is on the disk whole, or not at all."""
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
    descriptor = os.open(root / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        # A line that a crash cut off is lost alone.
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, ("\n" if cut else "").encode() + text.encode())
    finally:
        os.close(descriptor)


def prune_images(root: Path, docker: Docker, service: str, tell: Tell) -> None:
    """Remove images that this host's history names and that no service needs for a way back. No other is touched."""
    for name in docker.images(_old_images(root)[:ASKED]):
        if docker.remove_image(name):
            tell(f"{service}: removed old image {name}")


def _old_images(root: Path) -> list[str]:
    """Images beyond those that are kept, newest first."""
    seen: dict[tuple[str, str], None] = {}
    for line in reversed((root / FILE).read_text(encoding="utf-8", errors="replace").splitlines()):
        entry = json_object(line)
        if entry.get("outcome") == "ok":
            seen.setdefault((str(entry.get("service")), str(entry.get("image"))))
    counted: dict[str, int] = {}
    kept: set[str] = set()
    old: dict[str, None] = {}
    for service, image in seen:
        counted[service] = counted.get(service, 0) + 1
        if counted[service] <= KEPT_IMAGES:
            kept.add(image)
        else:
            old.setdefault(image)
    return [image for image in old if image not in kept]
