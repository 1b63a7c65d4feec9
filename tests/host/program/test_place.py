"""Files are whole, and a lock ends with whatever holds it."""

from __future__ import annotations

import os
import signal
import stat
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from host.program.clock import Clock
from host.program.errors import Failed
from host.program.place import Place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("run", "proxy/releases"):
        (tmp_path / name).mkdir(parents=True)
    return Place(tmp_path, Clock())


def test_a_lock_is_waited_for_and_ends_with_its_process(place: Place) -> None:
    reading, writing = os.pipe()
    holder = os.fork()
    if not holder:
        with place.lock("n8n", 1):
            os.write(writing, b"x")
            signal.pause()
    os.read(reading, 1)
    with (
        pytest.raises(Failed, match=r"n8n: another run has held .*/run/n8n.lock for 0.2 s; it ends by itself"),
        place.lock("n8n", 0.2),
    ):
        pass
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    with place.lock("n8n", 0.2):
        assert stat.S_IMODE((place.run / "n8n.lock").stat().st_mode) == 0o600


def test_the_proxy_may_read_an_address_whatever_the_umask_is(place: Place) -> None:
    before = os.umask(0o077)
    try:
        place.point("n8n", "n8n-1:5678")
    finally:
        os.umask(before)
    assert stat.S_IMODE((place.proxy / "releases" / "n8n").stat().st_mode) == 0o644
    assert place.address("n8n") == "n8n-1:5678"


def test_no_room_leaves_the_old_file_and_nothing_else(place: Place) -> None:
    place.point("n8n", "n8n-1:5678")
    with mock.patch("os.fchmod", side_effect=OSError(28, "No space left on device")), pytest.raises(OSError):  # noqa: PT011
        place.point("n8n", "n8n-2:5678")
    assert place.address("n8n") == "n8n-1:5678"
    assert list(place.run.iterdir()) == []


def test_a_disk_that_is_full_is_found_before_anything_is_changed(place: Place) -> None:
    full = OSError(28, "No space left on device")
    with mock.patch("pathlib.Path.write_bytes", side_effect=full), pytest.raises(Failed) as failed:
        place.need_room()
    assert str(failed.value) == f"{place.root}: no space left on device"
