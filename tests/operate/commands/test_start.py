"""`make start`: what `make stop` has written goes, and comes back where that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


def test_it_is_out_of_the_file_before_the_plan_and_back_where_that_fails(desk: Desk) -> None:
    desk.project.change("n8n", stopped=True, memory="1GiB")
    desk.run("preview")
    file = desk.project.folder / "Pulumi.dev.yaml"
    before = file.read_bytes()
    desk.preview_ends_with(7)
    assert desk.run("start", "n8n").returncode == 7
    assert "stopped" not in desk.previewed_file
    assert "1GiB" in desk.previewed_file
    assert file.read_bytes() == before


def test_what_runs_already_is_brought_up_all_the_same(desk: Desk) -> None:
    desk.preview_ends_with(7)
    ended = desk.run("start", "n8n")
    assert ended.returncode == 7
    assert ended.stdout.startswith("Pulumi.dev.yaml says so already.\n")
    assert len(desk.previewed) == 1
