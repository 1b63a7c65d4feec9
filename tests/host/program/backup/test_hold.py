"""A container that is held goes on, whatever becomes of the program; against a `docker` that notes what it is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from host.bundle import bundle
from host.program.backup.hold import held
from host.program.errors import Failed
from tests.rig.wait import until

DOCKER = """\
#!/bin/sh
echo "$*" >>{folder}/told
case $1 in
pause) [ ! -e {folder}/fails ] || {{ echo "Error: no such container" >&2; exit 1; }}; touch {folder}/paused ;;
unpause) rm -f {folder}/paused ;;
inspect) [ -e {folder}/paused ] && echo true || echo false ;;
esac
"""
BODY = """\
import sys, time
from host.program.backup.hold import held
with held({program!r}, ["c1"], {limit}):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / "docker").write_text(DOCKER.format(folder=tmp_path))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "program.pyz").write_bytes(bundle())
    return [sys.executable, "-I", "-S", str(tmp_path / "program.pyz")]


def keeper(program: str) -> int:
    """The process that holds."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{program}\0hold\0".encode() in (process / "cmdline").read_bytes():
                return int(process.name)
    raise AssertionError


def told(folder: Path) -> list[str]:
    return (folder / "told").read_text().splitlines()


def test_it_stands_still_inside_and_goes_on_after(program: list[str], tmp_path: Path) -> None:
    with held(program, ["c1", "c2"]):
        assert (tmp_path / "paused").exists()
    assert not (tmp_path / "paused").exists()
    assert [line for line in told(tmp_path) if "inspect" not in line] == [
        "pause c1", "pause c2", "unpause c1", "unpause c2",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_it_goes_on_when_the_program_is_killed(program: list[str], tmp_path: Path, number: signal.Signals) -> None:
    line = [sys.executable, "-c", BODY.format(program=program, limit=60)]
    with subprocess.Popen(
        line, cwd=Path(__file__).parents[4], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as run:
        assert run.stdout
        assert run.stdout.readline() == b"held\n"
        assert (tmp_path / "paused").exists()
        # As a terminal does: to all that belong to it.
        os.killpg(run.pid, number)
    until(lambda: not (tmp_path / "paused").exists(), "it goes on", seconds=20)


def test_it_goes_on_when_its_keeper_is_killed(program: list[str], tmp_path: Path) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("needs Linux, to find the process")
    with pytest.raises(Failed, match="run the same command again"), held(program, ["c1"]):
        os.kill(keeper(program[-1]), signal.SIGKILL)
    assert not (tmp_path / "paused").exists()


def test_a_failure_inside_is_the_failure(program: list[str], tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"^disk full$"), held(program, ["c1"]):
        raise Failed("disk full")
    assert not (tmp_path / "paused").exists()


def test_no_longer_than_the_limit(program: list[str], tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"was paused for 0\.5 s"), held(program, ["c1"], 0.5):
        until(lambda: not (tmp_path / "paused").exists(), "it goes on", seconds=20)


def test_one_that_is_let_go_meanwhile_spoils_the_copy(program: list[str], tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"was let go on while its volume was read"), held(program, ["c1"]):
        (tmp_path / "paused").unlink()


def test_one_that_cannot_be_paused_is_told_and_let_go(program: list[str], tmp_path: Path) -> None:
    (tmp_path / "fails").touch()
    with pytest.raises(Failed, match=r"^docker pause: Error: no such container$"), held(program, ["c1"]):
        raise AssertionError
    assert told(tmp_path) == ["pause c1", "unpause c1"]


def test_without_a_container_nothing_is_started() -> None:
    with held(["/no/such/program"], []):
        pass
