"""`make drill`: asked of the host with what it needs, or refused in one line; what it finds: tests/real."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


def test_without_a_repository_it_is_one_line(desk: Desk) -> None:
    refused = desk.run("drill")
    assert refused.returncode == 1
    assert refused.stderr == "error: Pulumi.dev.yaml has no smarter-net:backup; say where to (docs/data.md)\n"
