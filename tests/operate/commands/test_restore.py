"""What a restore does with a directory of the host that is not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.model import LocalHost
from host.daemon import Daemon
from host.machine import Machine
from operate.commands.restore import _make_room

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_directory_holds_is_moved_beside_it_and_kept(tmp_path: Path) -> None:
    held = tmp_path / "dokploy dir"
    (held / "traefik").mkdir(parents=True)
    (held / "traefik" / "traefik.yml").write_text("kept")
    (held / ".hidden").write_text("kept too")
    _make_room(Daemon("dev", Machine(LocalHost())), str(held))
    assert not list(held.iterdir())
    (beside,) = tmp_path.glob("dokploy dir.before-*")
    assert (beside / "traefik" / "traefik.yml").read_text() == "kept"
    assert (beside / ".hidden").read_text() == "kept too"
