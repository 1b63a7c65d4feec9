"""The data of a snapshot takes the place of what is there in a rollout, and what was there is kept, or comes back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.program.backup import swap
from host.program.before import back, kept
from tests.host.program.fake import Copy, World, request
from tests.host.program.test_rollout import history, roll_out

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD = {"rows": "first\nlast\n"}
SPOILT = {"rows": "migrated\n", "more": "of b's\n"}
RELEASE = """
import sys
from pathlib import Path
from host.program.release import release
from tests.host.program.fake import World
world = World(Path(sys.argv[1]))
world.kill = int(sys.argv[2])
sys.exit(release(sys.stdin.read(), world.place, world.docker, world.clock))
"""


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def beside(volume: Path) -> list[Path]:
    return sorted(path for path in volume.parent.iterdir() if path.name.startswith(f"{volume.name}."))


@pytest.fixture
def run(world: World, asked: dict[str, Any], volume: Path) -> str:
    """b serves, has spoilt the data, and c is there to go back to; the snapshot from before b."""
    volume.chmod(0o750)
    roll_out(world, before=asked)
    world.state.copies["c"] = Copy("c")
    world.save()
    assert content(volume) == SPOILT
    made: Any = history(world)[-1]["snapshot"]
    found: str = made["run"]
    return found


def test_the_data_comes_back_and_what_it_replaces_is_kept_until_a_backup(
    world: World, asked: dict[str, Any], volume: Path, run: str
) -> None:
    volume.chmod(0o700)
    said = roll_out(world, "c", before=asked, data=run)
    assert said[-1] == "n8n: n8n-c serves"
    assert content(volume) == OLD
    assert volume.stat().st_mode & 0o777 == 0o750
    (aside,) = beside(volume)
    assert content(aside) == SPOILT
    assert [path.name for path in (world.folder / "run").iterdir()] == ["before.lock"]
    (line,) = kept.remove(world.place, "dev", world.docker)
    assert line.endswith("has replaced is removed")
    assert beside(volume) == []
    assert content(volume) == OLD


def test_a_container_that_fails_leaves_the_data_as_it_was(
    world: World, asked: dict[str, Any], volume: Path, run: str
) -> None:
    world.copy("c").never_ready = "no"
    *_, last = roll_out(world, "c", before=asked, data=run)
    assert last.endswith("the old container serves again")
    # The old container writes as it starts, as ever.
    assert (world.pointed(), content(volume), beside(volume)) == ("b", SPOILT, [])
    assert [path.name for path in (world.folder / "run").iterdir()] == ["before.lock"]


def test_a_snapshot_that_is_not_known_changes_nothing(
    world: World, asked: dict[str, Any], volume: Path, run: str
) -> None:
    *_, last = roll_out(world, "c", before=asked, data=f"{run}0")
    assert f"the history has no snapshot {run}0 of n8n" in last
    assert (world.serving(), world.pointed(), content(volume)) == (["b"], "b", SPOILT)


@pytest.mark.parametrize("number", [1, 3])
def test_a_move_that_fails_is_undone(
    world: World, asked: dict[str, Any], run: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    volume = Path(asked["parts"][0]["volume"])
    count = iter(range(1, 100))

    def move(path: Path, target: Path) -> None:
        if next(count) == number:
            raise OSError(5, "Input/output error", str(path))
        swap.move(path, target)

    monkeypatch.setattr(back, "move", move)
    *_, last = roll_out(world, "c", before=asked, data=run)
    assert "Input/output error" in last
    assert last.endswith("the old container serves again")
    assert (world.pointed(), content(volume), beside(volume)) == ("b", SPOILT, [])


def moments() -> Iterator[int]:
    """Steps of a rollback at which its process is killed."""
    yield from range(10, 40, 8)


def test_one_that_is_killed_at_any_moment_goes_on(world: World, asked: dict[str, Any], volume: Path, run: str) -> None:
    ended = {}
    whole = {"by": "tester", "data": f"n8n {run}", "request": asdict(request("c", before=asked))}
    state = world.file.read_text()
    repository, then = world.folder / "backup", world.folder.parent / "backup-then"
    shutil.copytree(repository, then)
    records = (world.folder / "history.jsonl").read_text()
    for moment in moments():
        for path in (*beside(volume), volume, repository):
            shutil.rmtree(path)
        volume.mkdir()
        for name, text in SPOILT.items():
            (volume / name).write_text(text)
        shutil.copytree(then, repository)
        (world.folder / "history.jsonl").write_text(records)
        world.file.write_text(state)
        world.load()
        world.place.point("n8n", "n8n-b:5678")
        world.load()
        world.state.steps = 0
        world.save()
        killed = subprocess.run(
            [sys.executable, "-c", RELEASE, str(world.folder), str(moment)],
            cwd=Path(__file__).parents[4], input=json.dumps(whole), capture_output=True, text=True, check=False,
        )  # fmt: skip
        world.load()
        ended[moment] = (killed.returncode, world.pointed(), content(volume), len(beside(volume)))
        for path in beside(volume):
            assert content(path) == SPOILT, killed.stdout
    assert ended == dict.fromkeys(ended, (0, "c", OLD, 1))
