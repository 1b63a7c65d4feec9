"""What the host's scripts pass on from other programs can be taken by a screen and by the engine."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from host.paths import SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = [name for name in ("sh", "bash") if shutil.which(name)]


def short(text: bytes, shell: str) -> bytes:
    """What `short` in lib.sh makes of a program's output."""
    line = [shell, "-c", f"root=/nowhere; . {SCRIPTS}/lib.sh; short"]
    return subprocess.run(line, input=text, capture_output=True, check=True).stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("exited: no such file\n", "exited: no such file\n"),
        ("", ""),
        ("é" * 240 + "\nend\n", "é" * 240 + "\nend\n"),
        ("x" * 70_000 + "\nend\n", "x" * 500 + " ...\nend\n"),
        ("x" * 499 + "é" * 10 + "\n", "x" * 499 + " ...\n"),
        ("x" * 498 + "🙂" * 10 + "\n", "x" * 498 + " ...\n"),
        ("\x1b[2Jwiped\a\r\n\ttabbed\n", "[2Jwiped\n\ttabbed\n"),
    ],
)
def test_a_line_is_cut_between_letters_and_has_no_control_characters(said: str, shown: str, shell: str) -> None:
    assert short(said.encode(), shell).decode() == shown


def test_what_a_script_fails_with_is_cut_too() -> None:
    line = ["sh", "-c", f'root=/nowhere; . {SCRIPTS}/lib.sh; fail "$(head -c 70000 /dev/zero | tr "\\0" x)"']
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "x" * 500 + " ...\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_lock_is_its_owners_alone_whatever_the_umask_is(shell: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    line = [shell, "-euc", f"root={tmp_path}; umask 000; . {SCRIPTS}/lib.sh; lock firewall 1"]
    subprocess.run(line, check=True)
    assert stat.S_IMODE((tmp_path / "run" / "firewall.lock").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as the firewall does")
def test_the_firewall_closes_what_an_older_version_left_open(tmp_path: Path) -> None:
    for name in ("bin", "run", "firewall"):
        (tmp_path / name).mkdir(mode=0o755)
    for name in ("lib.sh", "firewall.sh"):
        shutil.copy(SCRIPTS / name, tmp_path / "bin")
    lock = tmp_path / "run" / "firewall.lock"
    lock.touch(0o644)
    # Nothing waits to be confirmed, so it is all that the script does.
    subprocess.run(["sh", tmp_path / "bin" / "firewall.sh", "rollback"], check=True)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (lock.parent, lock)] == [0o700, 0o600]
