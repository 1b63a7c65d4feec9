"""What a restore does with a directory of the host that is not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.model import LocalHost
from host.daemon import Daemon
from host.machine import Machine
from operate.commands.restore import _make_room

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operate.commands.conftest import Desk


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


def test_one_backup_is_named(desk: Desk) -> None:
    both = "error: name one backup: make restore FROM=backups/… of this machine, or AT=latest of `make backups`"
    assert desk.refused("restore", "backups/dev-1", "--at", "latest") == both
    assert desk.refused("restore") == both


def test_a_folder_is_put_back_whole(desk: Desk) -> None:
    assert desk.refused("restore", "backups/dev-1", "--service", "n8n").startswith("error: SERVICE: a backup of this ")


def test_without_a_repository_there_is_nothing_to_choose_from(desk: Desk) -> None:
    line = desk.refused("restore", "--at", "latest")
    assert line == "error: AT=latest: Pulumi.dev.yaml has no smarter-net:backup; say where it is (docs/data.md)"
