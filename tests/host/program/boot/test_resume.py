"""What a restart of the machine cut off is taken up, and nothing else."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from host.program.boot import systemd
from host.program.boot.resume import install, resume
from host.program.errors import Failed
from host.program.names import NOWHERE
from tests.host.program.fake import Copy, World, request

if TYPE_CHECKING:
    from pathlib import Path


def left(tmp_path: Path, address: str, **changed: object) -> World:
    """A host after a restart: a was stopped for b, which was never started."""
    world = World(tmp_path, Copy("a"), Copy("b"))
    world.place.point("n8n", address)
    world.place.note_old("n8n", ["a"])
    world.place.plan("n8n").write_text(json.dumps(asdict(request("b", **changed))))
    return world


def resumed(world: World) -> World:
    resume(world.place, world.docker, world.clock)
    return world


def plans(world: World) -> list[str]:
    return [path.name for path in (world.folder / "run").glob("plan.*")]


# After a power cut the disk may still have the address that was there before.
@pytest.mark.parametrize("address", [NOWHERE, "", "n8n-a:5678"])
def test_what_was_cut_off_goes_on(tmp_path: Path, address: str) -> None:
    world = resumed(left(tmp_path, address))
    assert (world.serving(), world.pointed(), plans(world)) == (["b"], "b", [])
    assert (world.folder / "log" / "n8n.log").read_text().endswith("n8n: n8n-b serves\n")


def test_an_old_wish_does_not_come_true_where_a_copy_serves(tmp_path: Path) -> None:
    world = left(tmp_path, NOWHERE)
    world.serve("a")
    resumed(world)
    assert (world.serving(), plans(world)) == (["a"], [])


def test_what_fails_goes_back_and_keeps_no_other_from_being_taken_up(tmp_path: Path) -> None:
    world = left(tmp_path, NOWHERE)
    world.copy("b").start_fails = "no"
    # As an older version wrote it.
    (world.folder / "run" / "plan.Ab12Cd").write_text("stack=dev\nservice=n8n\n")
    resumed(world)
    assert (world.serving(), world.pointed(), plans(world)) == (["a"], "a", [])


def test_what_cannot_be_brought_back_is_kept_for_the_next_time(tmp_path: Path) -> None:
    world = left(tmp_path, NOWHERE)
    world.copy("a").start_fails = world.copy("b").start_fails = "no"
    resumed(world)
    assert plans(world) == ["plan.n8n"]
    world.copy("a").start_fails = ""
    assert resumed(world).pointed() == "a"


def test_without_a_proxy_it_says_so_and_leaves_the_rest_to_the_next_run(tmp_path: Path) -> None:
    world = left(tmp_path, NOWHERE)
    world.state.proxy = False
    with pytest.raises(Failed, match="caddy-proxy does not run; the next run goes on"):
        resumed(world)
    assert plans(world) == ["plan.n8n"]


def test_where_nothing_was_cut_off_docker_is_not_asked(tmp_path: Path) -> None:
    assert resumed(World(tmp_path, Copy("a")).serve("a")).state.calls == []


def test_the_boot_unit_runs_the_program_only_where_something_was_cut_off(tmp_path: Path) -> None:
    world = World(tmp_path / "prod")
    with (
        mock.patch.object(systemd, "UNITS", tmp_path),
        mock.patch("pathlib.Path.is_dir", return_value=True),
        mock.patch("os.getuid", return_value=0),
        mock.patch("subprocess.run") as ran,
    ):
        install(world.place)
    unit = (tmp_path / "smarter-net-resume-prod.service").read_text()
    assert f"ConditionPathExistsGlob=|{tmp_path}/prod/run/plan.*\n" in unit
    assert f"ConditionPathExists=|{tmp_path}/prod/run/standby\n" in unit
    assert f"ExecStart={sys.executable} -I -S {tmp_path}/prod/bin/rollout.pyz resume\n" in unit
    assert [call.args[0][1] for call in ran.call_args_list] == ["daemon-reload", "enable"]
