"""New connections are held once the new servers have started, whatever earlier configs have left behind."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from host.program.proxy import hold

if TYPE_CHECKING:
    from pathlib import Path


NAME = "edge.sock"
HOLD, LET_GO = ["nft", "-f", "-"], ["nft", "delete", "table", "inet", "smarter_net_reload"]


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], object]]:
    """The commands that it has run, each with the socket that lay there."""
    commands: list[tuple[list[str], object]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: commands.append((command, hold._made(tmp_path / NAME))))
    monkeypatch.setattr(hold, "BEFORE", 0)
    monkeypatch.setattr(hold, "STARTS_WITHIN", 1)
    return commands


def listen(path: Path) -> None:
    """As Caddy: what lies there goes, and what is made stays."""
    path.unlink(missing_ok=True)
    with closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind(str(path))


@pytest.mark.parametrize("left", [False, True], ids=["a new config", "one from before"])
def test_it_waits_for_the_new_servers_and_holds(
    tmp_path: Path, ran: list[tuple[list[str], object]], *, left: bool
) -> None:
    path = tmp_path / NAME
    if left:
        listen(path)
    before = hold._made(path)
    starting = threading.Timer(0.2, listen, [path])
    starting.start()
    hold._hold(path, before, ["nft"])
    starting.join()
    made = hold._made(path)
    assert made != before
    assert ran == [(HOLD, made), (LET_GO, made)]


@pytest.mark.usefixtures("ran")
def test_servers_that_are_found_late_are_held_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, slept = tmp_path / NAME, list[float]()
    listen(path)
    made = hold._made(path)
    assert made is not None
    monkeypatch.setattr(hold, "BEFORE", 2.6)
    monkeypatch.setattr(time, "time", lambda: made[1] / 1e9 + 0.7)
    monkeypatch.setattr(time, "sleep", slept.append)
    hold._hold(path, None, ["nft"])
    assert slept[0] == pytest.approx(1.9)
    # The clock was set back, or forward, meanwhile.
    for passed, left in ((-60, 2.6), (60, 0)):
        slept.clear()
        monkeypatch.setattr(time, "time", lambda passed=passed: made[1] / 1e9 + passed)
        hold._hold(path, None, ["nft"])
        assert slept[0] == pytest.approx(left)


def test_the_running_config_starts_no_servers_and_nothing_is_held(
    tmp_path: Path, ran: list[tuple[list[str], object]]
) -> None:
    path = tmp_path / NAME
    listen(path)
    hold._hold(path, hold._made(path), ["nft"])
    assert not ran
