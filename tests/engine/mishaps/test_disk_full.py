"""A full disk: one line that says so, and nothing is lost once there is room again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX
from tests.rig.dockerd import APART, Dockerd
from tests.rig.project import Project
from tests.rig.servers.disk import Disk
from tools.images import ensure

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, dockerd: Dockerd) -> Iterator[tuple[Dockerd, Disk]]:  # noqa: ARG001  skips as it does
    """A daemon of its own, on a disk of its own that is small."""
    daemon = Dockerd(Path(tmp_path_factory.mktemp("s")) / "d", enter=APART)
    data = daemon.folder / "data"
    data.mkdir(parents=True)
    disk = Disk(data, "600m")
    try:
        daemon.start()
        ensure(daemon.host)
        yield daemon, disk
    finally:
        daemon.remove()


def test_a_full_disk_is_named_and_the_next_up_is_well(small: tuple[Dockerd, Disk], tmp_path: Path) -> None:
    dockerd, disk = small
    project = Project(tmp_path / "p", dockerd.host)
    disk.fill()

    result = project.operate("up")
    assert result.returncode != 0
    assert "Traceback" not in result.stdout + result.stderr
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "the disk that Docker keeps its data on is full; free some" in last

    disk.free()
    healed = project.operate("up")
    assert healed.returncode == 0, healed.stdout + healed.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)
