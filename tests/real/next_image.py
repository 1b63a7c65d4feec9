"""An image of a Next.js site as Next.js' own Dockerfile lays it out: its standalone server in /app, on node's image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.programs import next_site, node
from tests.rig.system import libraries, system
from tools.images.archive import Entry, Image
from tools.images.contract import contracts

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = "smarter-net/next:rig"
USER = 1001
ENTRY = """#!/bin/sh
# As in node's image: what is no program is for node.
set -e
command -v -- "$1" >/dev/null || set -- node "$@"
exec "$@"
"""


def next_image() -> Image:
    """Needs the programs in the cache."""
    program = node() / "bin" / "node"
    layer = system([Path("/bin/sh")], {"nextjs": (USER, "/home/nextjs")}, more=libraries([program]))
    own = (
        Entry("/usr/local"),
        Entry("/usr/local/bin"),
        Entry("/usr/local/bin/node", 0o755, program),
        Entry("/usr/local/bin/docker-entrypoint.sh", 0o755, ENTRY),
        *tree(next_site(), "/app", USER),
    )
    config = contracts()["smarteros-blogbowl"].config
    return Image(REFERENCE, config, (layer, own))


def tree(folder: Path, at: str, owner: int = 0) -> Iterator[Entry]:
    """A folder and all in it, as it lies there."""
    yield Entry(at, owner=owner)
    for path in sorted(folder.rglob("*")):
        place = f"{at}/{path.relative_to(folder)}"
        if path.is_symlink():
            yield Entry(place, link=str(path.readlink()), owner=owner)
        elif path.is_dir():
            yield Entry(place, owner=owner)
        else:
            yield Entry(place, path.stat().st_mode & 0o777, path, owner=owner)
