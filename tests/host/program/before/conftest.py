"""A host whose n8n keeps a file, and a real restic."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.host.program.fake import Copy, FakeDocker, World
from tests.rig.restic import restic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir()
    (folder / "rows").write_text("first\n")
    return folder


@pytest.fixture
def world(tmp_path: Path, volume: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The old container writes a last row as it stops, the new one spoils all of them as it starts."""
    if os.geteuid():
        pytest.skip("a volume is root's alone")
    monkeypatch.setenv("PATH", f"{restic().parent}:{os.environ['PATH']}")
    stop, start = FakeDocker.stop, FakeDocker.start

    made = World(tmp_path / "root", Copy("a"), Copy("b")).serve("a")

    def stopped(docker: FakeDocker, container: str, seconds: int) -> None:
        if container == "a" and made.copy("a").running:
            (volume / "rows").write_text((volume / "rows").read_text() + "last\n")
        stop(docker, container, seconds)

    def started(docker: FakeDocker, container: str) -> str:
        if container == "b":
            (volume / "rows").write_text("migrated\n")
            (volume / "more").write_text("of b's\n")
        return start(docker, container)

    monkeypatch.setattr(FakeDocker, "stop", stopped)
    monkeypatch.setattr(FakeDocker, "start", started)
    return made


@pytest.fixture
def asked(volume: Path) -> dict[str, object]:
    part = {"service": "n8n", "volume": str(volume), "way": "files", "leave_out": [], "file": ""}
    return {"limit": 45, "parts": [part]}
