"""Where they are within reach, a pulumi on PATH and Pulumi's own release come first, with their own plugins.

Whatever a machine has, the engine is of one version, and what is downloaded is what its digest in git says.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import platform
import re
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from tests.tools.toolchain.conftest import TOOLCHAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tools.toolchain.conftest import Machine

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
    pins(machine).write_text(f"{'0' * 64}  other.tar.gz\n{digest}  {archive.name}\n")
    # What lies beside an archive says nothing about it.
    (folder / f"pulumi-{VERSION}-checksums.txt").write_text(f"{'0' * 64}  {archive.name}\n")

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


def pins(machine: Machine) -> Path:
    """The file that says what the archives of the release are."""
    return machine.root / "tools/toolchain/pins/pulumi.sha256"


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


def test_a_release_that_is_not_what_its_digest_says_is_refused(machine: Machine, releases: Path) -> None:
    (archive,) = releases.glob("*.tar.gz")
    archive.write_bytes(archive.read_bytes() + b"x")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (releases / f"pulumi-{VERSION}-checksums.txt").write_text(f"{digest}  {archive.name}\n")
    done = machine.run("install")
    assert done.returncode == 1
    assert f"{archive.name} is not what tools/toolchain/pins/pulumi.sha256 says; not installed" in done.stderr
    assert not (machine.cache / "released" / VERSION).exists()
    assert not (machine.root / "home/go-calls").exists(), "a release that was tampered with is no reason to go on"


def test_a_release_without_a_digest_is_refused(machine: Machine, releases: Path) -> None:
    (archive,) = releases.glob("*.tar.gz")
    pins(machine).write_text(f"{'0' * 64}  other.tar.gz\n")
    done = machine.run("install")
    assert done.returncode == 1
    said = f"tools/toolchain/pins/pulumi.sha256: no digest of {archive.name}; see tools/toolchain/README.md"
    assert said in done.stderr


def test_every_archive_of_the_version_has_its_digest() -> None:
    lines = (TOOLCHAIN / "pins/pulumi.sha256").read_text().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  \S+", line) for line in lines)
    named = {line.split()[1] for line in lines}
    systems = ("darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64")
    assert named == {f"pulumi-v{VERSION}-{system}.tar.gz" for system in systems}
    assert f"PULUMI_VERSION={VERSION}\n" in (TOOLCHAIN / "common.sh").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{VERSION} // indirect\n" in (TOOLCHAIN / "go/go.mod").read_text()


@pytest.mark.parametrize("said", [f"v{VERSION}", VERSION], ids=["released", "compiled"])
def test_a_pulumi_of_the_pinned_version_on_path_is_used(machine: Machine, said: str) -> None:
    pulumi_on_path(machine, VERSION)
    machine.program("pulumi", f'echo call >>"$HOME/pulumi-calls"; echo {said}')
    done = machine.run("install", "--print-bin")
    assert done.stdout == f"{machine.root}/bin\n"
    variables = machine.variables_after_env()
    assert variables["PATH"] == f"{machine.root}/bin"
    assert "PULUMI_HOME" not in variables
    assert (machine.root / "home/pulumi-calls").read_text() == "call\n", "its version is asked for once"


@pytest.mark.parametrize("version", ["3.257.0", "3.260.0", "3.259.0-alpha.1"])
def test_a_pulumi_of_another_version_is_passed_over(machine: Machine, version: str) -> None:
    pulumi_on_path(machine, version)
    assert "compiled/" in machine.run("install", "--print-bin").stdout
    assert machine.variables_after_env()["PATH"].startswith(f"{machine.cache}/compiled/")


def test_another_pulumi_on_path_is_asked_for_its_version_again(machine: Machine) -> None:
    pulumi_on_path(machine, "3.99.0")
    assert "compiled/" in machine.run("install", "--print-bin").stdout
    pulumi_on_path(machine, VERSION)
    assert machine.run("install", "--print-bin").stdout == f"{machine.root}/bin\n"


def test_a_pulumi_without_its_language_host_is_passed_over(machine: Machine) -> None:
    machine.program("pulumi", f"echo v{VERSION}")
    assert "compiled/" in machine.run("install", "--print-bin").stdout
