"""The rollout goes on to its end, whatever becomes of what started it, and of itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from host.program.errors import DockerError
from host.program.release import release
from tests.host.program.fake import Copy, World, request
from tests.rig.wait import until

RELEASE = """
import sys
from pathlib import Path
from host.program.release import release
from tests.host.program.fake import World
world = World(Path(sys.argv[1]))
world.kill, world.stop = map(int, sys.argv[2:])
sys.exit(release(sys.stdin.read(), world.place, world.docker, world.clock))
"""
ROOT = Path(__file__).parents[3]


def start(world: World, kill: int = 0, stop: int = 0) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", RELEASE, str(world.folder), str(kill), str(stop)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert started.stdin
    started.stdin.write(json.dumps({"by": "tester", "request": asdict(request("b"))}))
    started.stdin.close()
    started.stdin = None
    return started


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, Copy("a"), Copy("b")).serve("a")


def test_what_is_said_reaches_who_waits_and_the_log(world: World) -> None:
    run = start(world)
    said, _ = run.communicate()
    assert run.returncode == 0
    assert said.splitlines()[-1] == "n8n: n8n-b serves"
    assert (world.folder / "log" / "n8n.log").read_text() == said


def test_a_failure_is_its_last_line(world: World) -> None:
    world.copy("b").start_fails = "no"
    world.save()
    run = start(world)
    said, _ = run.communicate()
    assert run.returncode == 1
    assert said.splitlines()[-1].endswith("; the old container serves again")


def test_a_database_whose_leftovers_cannot_be_removed_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise DockerError("permission denied")

    monkeypatch.setattr("host.program.release.sweep", fails)
    asked = replace(request("b"), first_start_cut="half made")
    code = release(json.dumps({"by": "tester", "request": asdict(asked)}), world.place, world.docker, world.clock)
    assert code == 1
    assert capfd.readouterr().out == "n8n: permission denied\n"
    assert not (world.folder / "history.jsonl").exists()


def test_a_rollout_that_is_killed_is_taken_up(world: World) -> None:
    run = start(world, kill=12)
    said, _ = run.communicate()
    assert "n8n: the rollout was cut off; it is taken up again" in said.splitlines()
    assert run.returncode == 0, said
    world.load()
    assert (world.serving(), world.pointed(), world.state.most) == (["b"], "b", 1)


def test_it_goes_on_when_what_waits_for_it_is_killed(world: World) -> None:
    run = start(world, stop=8)
    stopped = world.folder / "stopped"
    until(lambda: stopped.exists() and stopped.read_text(), "it is in the middle")
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    os.kill(int(stopped.read_text()), signal.SIGCONT)
    until((world.folder / "history.jsonl").exists, "it has ended", seconds=60)
    until(lambda: world.pointed() == "b", "b serves", seconds=60)


def test_a_request_that_was_cut_off_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, Copy("a"), Copy("b")).serve("a")
    whole = json.dumps({"by": "tester", "request": asdict(request("b"))})
    for cut in ("", whole[:50], whole[:-1]):
        run = subprocess.run(
            [sys.executable, "-c", RELEASE, str(tmp_path), "0", "0"],
            cwd=ROOT, input=cut, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode
        assert "is not whole" in run.stderr
    world.load()
    assert world.state.calls == []
