"""Images of n8n and of its runners as their Dockerfiles lay them out, in an archive that is kept in the cache.

Real are n8n, its JavaScript runner and tini. Not the official images' are the system around them and the way from npm:
what n8n depends on lies beside it, not in it. The runners' launcher cannot be had; `n8n_launcher.js` is in its place.
There are no Python runners.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.next_image import tree
from tests.real.programs import N8N, REQUIREMENTS, ProgramError, kept, n8n, node
from tests.rig.images import architecture
from tests.rig.system import libraries, system
from tools.images import archive, parts
from tools.images.archive import Entry, Image
from tools.images.contract import contracts
from tools.images.naming import digest

if TYPE_CHECKING:
    from tools.images.contract import Contract

REFERENCE = "smarter-net/n8n:rig"
RUNNERS = "smarter-net/n8n-runners:rig"
FOLDER = Path(__file__).parent
LAUNCHER = FOLDER / "n8n_launcher.js"
MODULES = "/usr/local/lib/node_modules"
BASE = (Path("/bin/sh"), Path("/usr/bin/env"))
ENTRY = """#!/bin/sh
# As in n8n's image: what is given is for n8n.
exec n8n "$@"
"""
SOURCES = (
    Path(__file__).name,
    LAUNCHER.name,
    "next_image.py",
    *(f"programs/{name}" for name in (REQUIREMENTS, *N8N)),
    "../rig/system.py",
    *(f"../../tools/images/{name}" for name in ("archive.py", "contracts/n8n.json", "contracts/n8n-runners.json")),
)


def n8n_images() -> Path:
    """The archive with both, for `docker load`."""
    tini = shutil.which("tini")
    if not tini:
        raise ProgramError("tini is not installed; tests/rig/install installs it")
    modules, answering = n8n(), parts.program(architecture())
    key = hashlib.sha256(digest(FOLDER, *SOURCES).encode())
    for path in (answering, *BASE, Path(tini), *libraries([*BASE, Path(tini)])):
        key.update(path.read_bytes())

    def make(folder: Path) -> None:
        archive.write(_images(modules, Path(tini), answering), architecture(), folder / "images.tar", folder)

    return kept("n8n-images", key.hexdigest()[:12], make) / "images.tar"


def _images(modules: Path, tini: Path, answering: Path) -> list[Image]:
    """Both; what is large is one layer, the first one. `answering`: what answers as `wget`, as in the stand-ins."""
    program = node() / "bin" / "node"
    large = (
        *_folders("/usr/local/lib"), *tree(modules, MODULES), Entry("/usr/local/bin"),
        Entry("/usr/local/bin/node", 0o755, program),
    )  # fmt: skip
    shared = libraries([program, tini])
    tools = (Entry("/sbin"), Entry("/sbin/tini", 0o755, tini), Entry("/usr/bin/wget", 0o755, answering))
    n8n_own = (
        Entry("/docker-entrypoint.sh", 0o755, ENTRY),
        Entry("/usr/local/bin/n8n", link=f"{MODULES}/n8n/bin/n8n"),
    )
    runners_own = (
        Entry("/usr/local/bin/task-runner-launcher", 0o755, LAUNCHER),
        *_folders("/opt/runners"),
        Entry("/opt/runners/task-runner-javascript", link=f"{MODULES}/@n8n/task-runner"),
    )
    made = []
    for reference, name, own in ((REFERENCE, "n8n", n8n_own), (RUNNERS, "n8n-runners", runners_own)):
        contract = contracts()[name]
        users = {user: (number, f"/home/{user}") for user, number in contract.users.items()}
        layers = (large, system(BASE, users, more=shared), (*tools, *_brought(contract), *own))
        lacks = {*contract.programs, *contract.tools} - {entry.path for layer in layers for entry in layer}
        assert not lacks, f"{name}: its contract has {lacks}"
        made.append(Image(reference, contract.config, layers))
    return made


def _brought(contract: Contract) -> list[Entry]:
    """The contract's folders."""
    return [Entry(one.path, one.mode, owner=contract.users.get(one.owner, 0)) for one in contract.folders]


def _folders(path: str) -> list[Entry]:
    """A folder and those above it."""
    return [Entry(str(folder)) for folder in (*reversed(Path(path).parents[:-1]), Path(path))]
