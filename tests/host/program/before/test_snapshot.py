"""A recreate begins with a snapshot of what the old container has left, by a real restic, and not without it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from host.program.backup.restic import Restic
from host.program.before import off_host
from host.program.before.local import TAG, Local, folder_of, opened, password_file
from host.program.before.snapshot import KEPT, over
from host.program.errors import Failed
from host.program.names import NOWHERE
from host.program.rollout import Rollout
from tests.host.program.fake import request
from tests.host.program.test_rollout import history, roll_out

if TYPE_CHECKING:
    from pathlib import Path

    from tests.host.program.fake import World

OVERRIDE = "; without a snapshot: `before: false` in smarter-net:backup"


def restored(world: World, snapshot: str, target: Path) -> dict[str, str]:
    with opened(world.place, "dev", "n8n") as restic:
        restic.must("restore", "--no-lock", snapshot, "--target", str(target))
    return {path.name: path.read_text() for path in target.iterdir()}


def test_it_has_what_was_written_last_and_nothing_of_the_new_container(
    world: World, asked: dict[str, Any], volume: Path, tmp_path: Path
) -> None:
    said = roll_out(world, before=asked)
    assert said[-1] == "n8n: n8n-b serves"
    (line,) = history(world)
    made: Any = line["snapshot"]
    assert f"n8n: snapshot {made['run']} of its data, 0.0 MB, in " in said[1]
    (part,) = made["parts"]
    assert part["volume"] == str(volume)
    assert restored(world, part["snapshot"], tmp_path / "back") == {"rows": "first\nlast\n"}
    # Neither a first pass nor a note is left, and the password is root's alone.
    with opened(world.place, "dev", "n8n") as restic:
        assert [each["id"] for each in restic.snapshots()] == [part["snapshot"]]
    assert list((world.folder / "run").iterdir()) == [world.folder / "run" / "before.lock"]
    assert password_file(world.place).stat().st_mode & 0o777 == 0o600
    assert not list((world.folder / "backup").glob("run.*"))


def test_without_restic_the_rollout_does_not_begin(
    world: World, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("host.program.backup.restic.FOUND", "/nowhere")
    *_, last = roll_out(world, before=asked)
    assert last.startswith("failed: backup.before: restic: is not on the host; install 0.17.1 or later on the server")
    assert last.endswith(OVERRIDE)
    assert not [call for call in world.state.calls if call.startswith(("start", "stop"))]
    assert (world.serving(), world.pointed(), history(world)[0]["outcome"]) == (["a"], "a", "failed")
    assert "snapshot" not in history(world)[0]


def test_one_that_fails_while_requests_are_held_goes_back_to_the_old_container(
    world: World, asked: dict[str, Any], volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = Restic.backup

    def fails(restic: Restic, tags: list[str], what: list[str], *, limit: float | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        if limit:
            raise Failed("restic: no space left on device")
        return backup(restic, tags, what, limit=limit, **more)

    monkeypatch.setattr(Restic, "backup", fails)
    *_, last = roll_out(world, before=asked)
    why = f"backup.before: {volume}: restic: no space left on device{OVERRIDE}"
    assert last == f"failed: n8n: the new container cannot be rolled out: {why}; the old container serves again"
    assert (world.serving(), world.pointed()) == (["a"], "a")
    assert (volume / "rows").read_text() == "first\nlast\n"


def test_one_that_takes_longer_than_requests_can_wait_is_given_up(
    world: World, asked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.environ["PATH"].split(":", 1)[0]
    slow = tmp_path / "bin" / "restic"
    slow.parent.mkdir()
    # The first pass is as quick as ever.
    slow.write_text(f'#!/bin/sh\ncase "$*" in *run=*) exec sleep 30 ;; esac\nexec {real}/restic "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    *_, last = roll_out(world, before={**asked, "limit": 1})
    assert "restic: took longer than 1 s" in last
    assert last.endswith("the old container serves again")
    assert world.pointed() == "a"


def test_a_rollout_that_is_taken_up_keeps_the_snapshot_from_before_the_new_container_ran(
    world: World, asked: dict[str, Any], tmp_path: Path
) -> None:
    # As it is when the process is killed once the new container runs.
    run = Rollout(request("b", before=asked), world.place, world.docker, world.clock, [].append)  # type: ignore[arg-type]
    run._before.prepare()
    world.docker.stop("a", 1)
    world.place.point("n8n", NOWHERE)
    world.place.note_old("n8n", ["a"])
    new = world.docker.find("b")
    assert new is not None
    run._before.take(new)
    world.docker.start("b")
    roll_out(world, before=asked)
    (line,) = history(world)
    made: Any = line["snapshot"]
    assert restored(world, made["parts"][0]["snapshot"], tmp_path / "back") == {"rows": "first\nlast\n"}


def test_the_newest_are_kept() -> None:
    made = [{"id": f"{number}", "tags": [TAG, f"run={number}", "service=n8n"]} for number in range(KEPT + 2)]
    assert [each["id"] for each in over([*made, {"id": "x", "tags": [TAG, "first-pass"]}])] == ["0", "1"]


def test_a_backup_takes_them_along_once(world: World, asked: dict[str, Any], tmp_path: Path) -> None:
    roll_out(world, before=asked)
    made: Any = history(world)[0]["snapshot"]
    folder = tmp_path / "keys"
    folder.mkdir()
    elsewhere = Restic(Local("dev", str(tmp_path / "elsewhere"), "another one"), folder, tmp_path / "cache")
    elsewhere.must("init")
    for _ in range(2):
        assert off_host.copy(world.place, "dev", elsewhere) == 1
    (copied,) = elsewhere.snapshots(TAG)
    assert copied["original"] == made["parts"][0]["snapshot"]
    # No backup of the stack's own.
    assert elsewhere.snapshots() == []
    off_host.remove_old(elsewhere, {"daily": 7})
    assert len(elsewhere.snapshots(TAG)) == 1


def test_a_lost_password_is_one_line(world: World, asked: dict[str, Any]) -> None:
    roll_out(world, before=asked)
    password_file(world.place).unlink()
    with (
        pytest.raises(Failed, match=r"another password than .*/before\.password; move it away"),
        opened(world.place, "dev", "n8n"),
    ):
        pass
    assert folder_of(world.place, "n8n").exists()
