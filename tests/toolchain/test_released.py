"""Where they are within reach, a pulumi on PATH and Pulumi's own release come first, with their own plugins."""

from __future__ import annotations

import functools
import hashlib
import http.server
import platform
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.toolchain.conftest import Machine

VERSION = "3.259.0"


@pytest.fixture
def releases(machine: Machine, tmp_path: Path) -> Iterator[Path]:
    """The folder of a release on a server that the machine reaches."""
    served = tmp_path / "served"
    folder = served / f"v{VERSION}"
    folder.mkdir(parents=True)
    content = tmp_path / "pulumi"
    content.mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (content / name).write_text("#!/bin/sh\n")
        (content / name).chmod(0o755)
    system, processor = platform.system().lower(), {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    archive = folder / f"pulumi-v{VERSION}-{system}-{processor}.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(content, "pulumi")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (folder / f"pulumi-{VERSION}-checksums.txt").write_text(f"{'0' * 64}  other.tar.gz\n{digest}  {archive.name}\n")

    handler = functools.partial(QuietHandler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        machine.variables["PULUMI_RELEASES"] = f"http://127.0.0.1:{server.server_port}"
        yield folder
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def pulumi_on_path(machine: Machine, version: str) -> None:
    """Put a pulumi and its language host on PATH; each call of it is counted."""
    machine.program("pulumi", f'echo call >>"$HOME/pulumi-calls"; echo v{version}')
    machine.program("pulumi-language-python", "")


def test_the_release_is_used_and_nothing_is_compiled(machine: Machine, releases: Path) -> None:
    done = machine.run("install", "--print-bin")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{machine.cache}/released/{VERSION}\n"
    assert not (machine.root / "home/go-calls").exists()
    for file in releases.iterdir():
        file.unlink()
    assert machine.run("install").returncode == 0, "it is not downloaded twice"


def test_the_engine_of_the_release_gets_its_own_plugins(machine: Machine, releases: Path) -> None:
    assert releases.exists()
    variables = machine.variables_after_env()
    assert variables["PATH"].split(":")[0] == f"{machine.cache}/released/{VERSION}"
    assert [name for name in variables if name.startswith("PULUMI_")] == ["PULUMI_RELEASES", "PULUMI_SKIP_UPDATE_CHECK"]


def test_a_release_with_a_wrong_checksum_is_refused(machine: Machine, releases: Path) -> None:
    (archive,) = releases.glob("*.tar.gz")
    archive.write_bytes(archive.read_bytes() + b"x")
    done = machine.run("install")
    assert done.returncode == 1
    assert "is not what its checksum says" in done.stderr
    assert not (machine.cache / "released" / VERSION).exists()
    assert not (machine.root / "home/go-calls").exists(), "a release that was tampered with is no reason to go on"


def test_a_pulumi_on_path_is_used(machine: Machine) -> None:
    pulumi_on_path(machine, "3.238.0")
    done = machine.run("install", "--print-bin")
    assert done.stdout == f"{machine.root}/bin\n"
    variables = machine.variables_after_env()
    assert variables["PATH"] == f"{machine.root}/bin"
    assert "PULUMI_HOME" not in variables
    assert (machine.root / "home/pulumi-calls").read_text() == "call\n", "its version is asked for once"


def test_a_newer_pulumi_on_path_is_asked_anew(machine: Machine) -> None:
    pulumi_on_path(machine, "3.99.0")
    assert "compiled/" in machine.run("install", "--print-bin").stdout
    pulumi_on_path(machine, "3.1000.0")
    assert machine.run("install", "--print-bin").stdout == f"{machine.root}/bin\n"


def test_a_pulumi_without_its_language_host_is_passed_over(machine: Machine) -> None:
    machine.program("pulumi", "echo v3.259.0")
    assert "compiled/" in machine.run("install", "--print-bin").stdout
