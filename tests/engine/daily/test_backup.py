"""`make backup` and `make restore`: what comes back is what was there, and nothing torn passes for whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rig.visitors.browser import visits
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.drawn(3, "days", whole=True)
API = "api.smarterbot.localhost"
VOLUME = "smarter-net-n8n-stand-in"
MEBIBYTE = 1 << 20


def folder_of(dockerd: Dockerd, volume: str = VOLUME) -> Path:
    return Path(dockerd.docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume).stdout.strip())


def backups(project: Project) -> list[Path]:
    return sorted((project.folder / "backups").glob("*"))


def ok(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result.stdout + result.stderr
    (line,) = result.stderr.strip().splitlines()
    return line


@pytest.fixture(scope="module")
def taken(deployed: Project, dockerd: Dockerd) -> Path:
    """A backup of the stack, with a file of another user's in n8n's volume."""
    own = folder_of(dockerd) / "own"
    own.write_text("kept")
    own.chmod(0o640)
    os.chown(own, 1234, 2345)
    # Its owner stays: the service writes there.
    os.chown(own.parent, 1000, 2345)
    visits(API)
    said = ok(deployed.operate("backup"))
    assert f"n8n: {VOLUME}, " in said
    assert "paused for" in said
    (folder,) = backups(deployed)
    return folder


@pytest.fixture
def big(dockerd: Dockerd, taken: Path) -> Iterator[Path]:
    """A file in n8n's volume that takes seconds to copy, after the backup of the others."""
    assert taken.is_dir()
    file = folder_of(dockerd) / "big"
    with file.open("wb") as content:
        content.truncate(1024 * MEBIBYTE)
    yield file
    file.unlink(missing_ok=True)


def paused(dockerd: Dockerd) -> bool:
    return bool(dockerd.docker("ps", "--quiet", "--filter", "status=paused").stdout)


def begun(project: Project, dockerd: Dockerd) -> subprocess.Popen[str]:
    """A backup that holds n8n now."""
    run = project.spawn("backup")
    until(lambda: paused(dockerd) or run.poll() is not None, "n8n is paused")
    assert run.poll() is None, run.communicate()[0]
    return run


def test_a_backup_says_what_it_holds_and_only_its_owner_reads_it(taken: Path, dockerd: Dockerd) -> None:
    manifest = json.loads((taken / "manifest.json").read_text())
    assert manifest["stack"] == "dev"
    by_volume = {entry["volume"]: entry for entry in manifest["archives"]}
    assert by_volume[VOLUME]["service"] == "n8n"
    (copy,) = dockerd.copies("n8n")
    assert by_volume[VOLUME]["release"] == copy["Config"]["Labels"]["smarter-net.release"]
    assert "caddy-proxy" in {entry["service"] for entry in manifest["archives"]}
    assert not any("docker.sock" in volume for volume in by_volume)
    assert taken.stat().st_mode & 0o777 == 0o700
    assert not paused(dockerd)
    # What was made for it on the host is gone.
    assert all(found["State"]["Running"] for found in dockerd.containers())


def test_a_backup_that_is_interrupted_leaves_nothing_and_nobody_paused(
    deployed: Project, dockerd: Dockerd, big: Path
) -> None:
    assert big.exists()
    before = backups(deployed)
    run = begun(deployed, dockerd)
    os.killpg(run.pid, signal.SIGINT)
    output, _ = run.communicate(timeout=200)
    assert run.returncode, output
    assert backups(deployed) == before
    until(lambda: not paused(dockerd), "n8n goes on", seconds=20)


def test_a_killed_backup_lets_the_service_go_and_is_no_backup(deployed: Project, dockerd: Dockerd, big: Path) -> None:
    assert big.exists()
    before = backups(deployed)
    run = begun(deployed, dockerd)
    run.kill()
    run.communicate()
    until(lambda: not paused(dockerd), "n8n goes on", seconds=20)
    (left,) = set(backups(deployed)) - set(before)
    try:
        assert left.name.endswith(".partial")
        assert "has no manifest.json, so it is no whole backup" in complaint(deployed.operate("restore", str(left)))
    finally:
        shutil.rmtree(left)


def test_a_service_that_is_let_go_while_it_is_read_spoils_the_copy(
    deployed: Project, dockerd: Dockerd, big: Path
) -> None:
    assert big.exists()
    before, copy = backups(deployed), dockerd.copy("n8n")
    run = begun(deployed, dockerd)
    dockerd.docker("unpause", copy)
    output, _ = run.communicate(timeout=200)
    assert "the service was let go on while its volume was read" in output
    assert run.returncode
    assert backups(deployed) == before


def test_a_full_disk_here_leaves_no_backup_and_nobody_paused(deployed: Project, dockerd: Dockerd, big: Path) -> None:
    assert big.exists()
    folder = deployed.folder / "backups"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        line = complaint(deployed.operate("backup"))
        assert not backups(deployed)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert line.endswith("No space left on device; nothing of this backup is kept")
    assert not paused(dockerd)


def test_a_restore_asks_before_it_overwrites_and_refuses_while_somebody_writes(deployed: Project, taken: Path) -> None:
    assert "uses smarter-net-n8n-stand-in; run `make down` first" in complaint(deployed.operate("restore", str(taken)))
    ok(deployed.operate("down"))
    line = complaint(deployed.operate("restore", str(taken)))
    assert VOLUME in line
    assert "repeat it with CONFIRM=dev" in line
    deployed.bring_up()


@pytest.mark.parametrize("harm", ["a byte", "the stack", "a volume"])
def test_a_backup_that_was_changed_is_refused(deployed: Project, taken: Path, tmp_path: Path, harm: str) -> None:
    copy, elsewhere = Path(shutil.copytree(taken, tmp_path / "copy")), tmp_path / "elsewhere"
    manifest = copy / "manifest.json"
    text = manifest.read_text()
    if harm == "a byte":
        archive = copy / f"{VOLUME}.tar.gz"
        content = bytearray(archive.read_bytes())
        content[len(content) // 2] ^= 1
        archive.write_bytes(content)
        said = f"{VOLUME}.tar.gz is not what was backed up"
    elif harm == "the stack":
        manifest.write_text(text.replace('"dev"', '"prod"'))
        said = "is a backup of prod, not of dev"
    else:
        # A folder of the test's own: where the guard is broken, this is what is overwritten.
        elsewhere.mkdir()
        manifest.write_text(text.replace(f'"{VOLUME}"', f'"{elsewhere}"'))
        said = f"{elsewhere} is no volume of dev's stack file"
    assert said in complaint(deployed.operate("restore", str(copy), "--confirm", "dev"))


def test_what_was_there_comes_back_with_owners_and_modes(deployed: Project, dockerd: Dockerd, taken: Path) -> None:
    after = visits(API)
    ok(deployed.operate("down"))
    ok(deployed.operate("delete-data", "--confirm", "dev"))
    assert VOLUME not in dockerd.docker("volume", "ls", "-q").stdout.split()
    ok(deployed.operate("restore", str(taken)))
    ok(deployed.operate("up"))
    own = folder_of(dockerd) / "own"
    assert own.read_text() == "kept"
    found, around = own.stat(), own.parent.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 2345, 0o640)
    assert (around.st_uid, around.st_gid) == (1000, 2345)
    # As many as before the backup, and not one more.
    assert visits(API) == after
    labelled = dockerd.docker("volume", "ls", "-q", "--filter", "label=smarter-net.stack=dev").stdout.split()
    assert VOLUME in labelled


def test_a_restore_that_is_killed_does_not_pass_for_whole(deployed: Project, dockerd: Dockerd, big: Path) -> None:
    assert big.exists()
    ok(deployed.operate("backup"))
    taken = backups(deployed)[-1]
    ok(deployed.operate("down"))
    own = folder_of(dockerd) / "own"
    run = deployed.spawn("restore", str(taken), "--confirm", "dev")
    until(lambda: not own.exists(), "it is emptied")
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert "a restore was cut short, its volumes are not whole" in complaint(deployed.operate("up"))
    ok(deployed.operate("restore", str(taken), "--confirm", "dev"))
    ok(deployed.operate("up"))
    assert own.read_text() == "kept"
