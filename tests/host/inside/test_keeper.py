"""What ends the programs in a container: here programs of this machine, and a `docker` that has none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from host.inside.session import KEEPER
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "SMARTER_NET_SESSION=of-a-test"
STUBBORN = "trap '' INT HUP TERM; echo ready; while :; do sleep 1; done"
COUNTS = "trap 'echo interrupted' INT; echo ready; while :; do sleep 0.05; done"


class Kept:
    """A keeper, and one program that it keeps."""

    def __init__(self, folder: Path, script: str, source: str = "") -> None:
        (folder / "docker").write_text("#!/bin/sh\nexit 1\n")
        (folder / "docker").chmod(0o755)
        path = {"PATH": f"{folder}:{os.environ['PATH']}"}
        name, _, value = f"{MARK}-{folder.name}".partition("=")
        self.program = subprocess.Popen(
            ["sh", "-c", script], env={**path, name: value}, stdout=subprocess.PIPE, text=True
        )
        self.said()
        keeper = [sys.executable, "-I", "-S", "-c", source or KEEPER.read_text(), "c1", f"{name}={value}"]
        self.keeper = subprocess.Popen(
            keeper, env=path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self.keeper.stdout
        assert self.keeper.stdout.readline() == "ready\n"

    def said(self) -> str:
        assert self.program.stdout
        return self.program.stdout.readline()

    def say(self, letter: str) -> None:
        assert self.keeper.stdin
        self.keeper.stdin.write(letter)
        self.keeper.stdin.flush()


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path, request.param)
    yield made
    with made.program, made.keeper:
        made.program.kill()
        made.keeper.kill()


@pytest.mark.parametrize("kept", [STUBBORN], indirect=True, ids=["one"])
def test_what_obeys_no_signal_is_killed_once_the_operator_is_gone(kept: Kept) -> None:
    assert kept.keeper.stdin
    kept.keeper.stdin.close()
    assert kept.program.wait(30) == -signal.SIGKILL
    assert kept.keeper.wait(30) == 0


@pytest.mark.parametrize("kept", [COUNTS], indirect=True, ids=["one"])
def test_a_signal_is_handed_on_once_and_a_sign_of_life_is_none(kept: Kept) -> None:
    kept.say("..")
    kept.say("I")
    assert kept.said() == "interrupted\n"
    kept.say("I")
    assert kept.said() == "interrupted\n"
    assert kept.program.poll() is None


@pytest.mark.parametrize("kept", ["echo ready; sleep 4711"], indirect=True, ids=["one"])
def test_signals_of_the_operators_terminal_do_not_end_it(kept: Kept) -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        kept.keeper.send_signal(number)
    kept.say("T")
    until(lambda: kept.program.poll() is not None, "it is told to end")
    assert kept.program.returncode == -signal.SIGTERM
    assert kept.keeper.poll() is None


@pytest.mark.parametrize("kept", ["echo ready"], indirect=True, ids=["one"])
def test_after_a_program_that_has_ended_by_itself_one_look_is_enough(kept: Kept) -> None:
    kept.program.wait(30)
    kept.say("E")
    assert kept.keeper.stdin
    kept.keeper.stdin.close()
    # A look a second, for as long as something could still begin.
    assert kept.keeper.wait(30) == 0


def test_a_connection_that_only_goes_silent_is_taken_for_cut(tmp_path: Path) -> None:
    source = KEEPER.read_text().replace("PATIENCE = 40\n", "PATIENCE = 5\n")
    assert source != KEEPER.read_text()
    kept = Kept(tmp_path, "echo ready; exec sleep 4711", source)
    with kept.program, kept.keeper:
        for _ in range(12):
            kept.say(".")
            time.sleep(0.5)
        assert kept.program.poll() is None
        assert kept.program.wait(30) == -signal.SIGINT
        assert kept.keeper.wait(30) == 0
