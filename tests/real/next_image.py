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
CONTRACT = contracts()["smarteros-blogbowl"]
ENTRY = """#!/bin/sh
# As in node's image: what is no program is for node.
set -e
command -v -- "$1" >/dev/null || set -- node "$@"
exec "$@"
"""


def next_image() -> Image:
    """Needs the programs in the cache."""
    program = node() / "bin" / "node"
    users = {user: (number, f"/home/{user}") for user, number in CONTRACT.users.items()}
    layer = system([Path("/bin/sh")], users, more=libraries([program]))
    brought = {one.path: Entry(one.path, one.mode, owner=CONTRACT.users.get(one.owner, 0)) for one in CONTRACT.folders}
    site = tree(next_site(), CONTRACT.directory, CONTRACT.users[CONTRACT.user])
    own = (
        Entry("/usr/local"),
        Entry("/usr/local/bin"),
        Entry("/usr/local/bin/node", 0o755, program),
        Entry("/usr/local/bin/docker-entrypoint.sh", 0o755, ENTRY),
        # The site's files are its user's; the folder around them is not.
        *(brought.get(entry.path, entry) for entry in site),
    )
    lacks = {*CONTRACT.programs, *CONTRACT.tools, *brought} - {entry.path for entry in own}
    assert not lacks, f"its contract has {lacks}"
    return Image(REFERENCE, CONTRACT.config, (layer, own))


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
