"""What stands in for Docker answers as the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.host.program.contract import holds
from tests.host.program.fake import Copy, World

if TYPE_CHECKING:
    from pathlib import Path


def test_docker(tmp_path: Path) -> None:
    holds(World(tmp_path, Copy("a", ready_after=0)).docker, "a", "dev")
