"""`make rebuild`: what it refuses before anything is changed. A server that is rebuilt: tests/server/test_backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


def test_it_is_for_a_server_with_backups(desk: Desk) -> None:
    assert desk.refused("rebuild") == (
        "error: Pulumi.dev.yaml: rebuild is for a server with smarter-net:backup (docs/data.md)"
    )
    assert not desk.changes
