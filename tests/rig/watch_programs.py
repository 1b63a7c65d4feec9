"""The four programs that watch a stack, as Debian's newest release has them, and what checks their files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from config.catalog.watch import WATCH
from tests.rig.images import architecture
from tests.rig.project import REPOSITORY
from tests.rig.skip import skip_or_fail
from tests.rig.system import libraries, system
from tools.images import parts
from tools.images.archive import Entry, Image
from tools.images.contract import contracts

SUITE = "sid"
"""Its versions are the catalog's; Debian 12's Alertmanager reads no secret of Telegram's from a file."""
PACKAGES = {
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "blackbox-exporter": "prometheus-blackbox-exporter",
    "node-exporter": "prometheus-node-exporter",
    "promtool": "promtool",
}


def program(name: str) -> Path:
    """The program; a test that cannot have it skips, and in CI it fails."""
    if name == "amtool":
        return program("alertmanager").with_name("amtool")
    command = [str(REPOSITORY / "tests" / "debian" / "program"), SUITE, PACKAGES[name]]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        skip_or_fail(f"needs {name} of Debian's {SUITE}: {(found.stderr.splitlines() or ['no word'])[-1]}")
    return Path(found.stdout.strip())


def reference(name: str) -> str:
    """The image's, on a daemon that `images` were handed to."""
    return f"smarter-net/{name}:rig"


def images() -> list[Image]:
    """Images of the four as their Dockerfiles lay them out.

    Not the official ones' are the system around the program, which is this machine's, and the tool that its health is
    asked with: the stand-in's program, in the place of busybox.
    """
    return [_image(entry.name) for entry in WATCH]


def _image(name: str) -> Image:
    contract, made = contracts()[name], program(name)
    users = {user: (number, f"/home/{user}") for user, number in contract.users.items()}
    # The program goes where the image has it, what it loads stays where it is.
    loaded = system([Path("/usr/bin/env")], users, more=libraries([made]), folders=["/bin"])
    (at,), (tool, *tools) = contract.programs, contract.tools
    # Debian's Alertmanager has its own words beside it, which the official one has in it.
    shared = made.parents[1] / "share" / "prometheus" / name
    words = [path for path in shared.rglob("*") if path.is_file()]
    above = {str(folder) for path in words for folder in _inside(path, made).parents} - {"/", "/usr"}
    own = (
        *(Entry(folder) for folder in sorted(above)),
        *(Entry(str(_inside(path, made)), 0o644, path) for path in words),
        Entry(at, 0o755, made),
        Entry(tool, 0o755, parts.program(architecture())),
        *(Entry(path, 0o755, program(Path(path).name)) for path in tools),
        *(Entry(one.path, one.mode, owner=contract.users.get(one.owner, 0)) for one in contract.folders),
    )
    return Image(reference(name), contract.config, (loaded, own))


def _inside(path: Path, program: Path) -> Path:
    """Where a file of the package lies where it is installed."""
    return Path("/usr") / path.relative_to(program.parents[1])
