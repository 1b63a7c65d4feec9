"""What was put together takes its place: all of it or none, from another disk too, and no signal comes between."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.program.backup import swap
from host.program.backup.request import Part
from host.program.clock import Clock
from host.program.errors import Failed
from host.program.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "root" / "run").mkdir(parents=True)
    return Place(tmp_path / "root", Clock())


def prepared(folder: Path, name: str, fresh: Path | None = None) -> swap.Prepared:
    """A volume that holds `old` and a folder with a file; what goes there has `new`."""
    part = Part(name, name, "/data", "files", "", [], pause=False, image="", environment={}, password="", health=[])
    here, there = folder / name, fresh or folder / f"{name}.restoring"
    (here / "below").mkdir(parents=True)
    (here / "old").write_text("old")
    (here / "below" / "file").write_text("deep")
    there.mkdir(parents=True)
    (there / "new").write_text("new")
    return swap.Prepared(part, here, there)


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


OLD = {"below/file": "deep", "old": "old"}


def test_all_change_places_and_what_was_there_is_kept(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [prepared(tmp_path, "a"), prepared(tmp_path, "b")]
    both[0].fresh.chmod(0o750)
    swap.change_places(place, both)
    assert [content(each.folder) for each in both] == [{"new": "new"}] * 2
    assert both[0].folder.stat().st_mode & 0o777 == 0o750
    kept = sorted(tmp_path.glob("*.before-*"))
    assert [content(each) for each in kept] == [OLD, OLD]
    assert not swap.marked(place)
    assert f"a: what it held is in {kept[0]} now; remove it once all is well" in capsys.readouterr().out


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> Iterator[None]:
    """The moves of these numbers fail, as on a disk that is broken."""
    real, count = swap.move, iter(range(1, 100))

    def move(path: Path, target: Path) -> None:
        if next(count) in numbers:
            raise OSError(5, "Input/output error", str(path))
        real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(swap, "move", move)
        yield


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_one_that_cannot_leaves_all_as_it_was(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [prepared(tmp_path, "a"), prepared(tmp_path, "b")]
    with failing(monkeypatch, number), pytest.raises(Failed, match=r"Input/output error; all is as it was, run it"):
        swap.change_places(place, both)
    assert [content(each.folder) for each in both] == [OLD, OLD]
    assert [content(each.fresh) for each in both] == [{"new": "new"}] * 2
    assert not swap.marked(place)
    assert list(tmp_path.glob("*.before-*")) == []
    assert "remove it once all is well" not in capsys.readouterr().out


def test_without_a_way_back_nothing_is_lost_and_up_is_held_off(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [prepared(tmp_path, "a"), prepared(tmp_path, "b")]
    with failing(monkeypatch, 3, 4), pytest.raises(Failed, match=r"no way back.*\.before-"):
        swap.change_places(place, both)
    assert swap.marked(place) == {"a", "b"}
    (aside,) = tmp_path.glob("*.before-*")
    assert content(aside) == OLD
    # The next one clears it up.
    both[0].fresh.joinpath("new").write_text("newer")
    swap.change_places(place, both)
    assert content(both[0].folder) == {"new": "newer"}
    assert not swap.marked(place)


def test_a_mark_of_another_volume_stays(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place.root / swap.RESTORING).write_text("a\nb\n")
    swap.change_places(place, [prepared(tmp_path, "a")])
    assert swap.marked(place) == {"b"}
    assert "b: is still half restored" in capsys.readouterr().out


def test_a_signal_waits(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = swap.move
    ended: list[int] = []

    def move(path: Path, target: Path) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        real(path, target)

    monkeypatch.setattr(swap, "move", move)
    before = signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    try:
        assert threading.current_thread() is threading.main_thread()
        one = prepared(tmp_path, "a")
        monkeypatch.setattr(swap, "say", lambda _: None)
        swap.change_places(place, [one])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert content(one.folder) == {"new": "new"}
    assert ended


def test_another_disk_takes_owners_times_and_links_along(place: Place, tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs two file systems")
    fresh = memory / f"smarter-net-{os.getpid()}"
    one = prepared(tmp_path, "a", fresh)
    try:
        (fresh / "link").symlink_to("new")
        os.utime(fresh / "new", (1, 1))
        (fresh / "new").chmod(0o640)
        if not os.geteuid():
            os.chown(fresh / "new", 1234, 2345)
        swap.change_places(place, [one])
        found = (one.folder / "new").stat()
        assert (found.st_mtime, found.st_mode & 0o777) == (1, 0o640)
        assert os.geteuid() or (found.st_uid, found.st_gid) == (1234, 2345)
        assert (one.folder / "link").readlink() == Path("new")
        assert list(fresh.iterdir()) == []
    finally:
        for path in fresh.iterdir():
            path.unlink()
        fresh.rmdir()
