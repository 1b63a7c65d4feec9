"""The Makefile, as an operator types at it."""

from __future__ import annotations

import os
import re
import subprocess

from tests.config.stacks import ROOT


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` from a shell: the one that runs these tests would hand its own options on."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_variable_that_is_spelled_wrong_is_refused() -> None:
    asked = _make("STAK=prod", "help")
    assert asked.returncode
    assert "STAK: is no variable of this Makefile; known are STACK " in asked.stderr
    assert not asked.stdout


def test_each_of_its_own_is_taken() -> None:
    assert not _make("STACK=dev", "ONLY=engine", "DOCKER=28", "PYTHON=3.14", "YES=1", "help").returncode


def test_the_list_of_targets_can_be_copied_from() -> None:
    shown = _make("STACK=prod").stdout
    assert 'eval "$(make -s env)"' in shown
    assert "$$" not in shown


def test_each_command_has_a_file_of_the_targets_name() -> None:
    called = dict(re.findall(r"(?m)^([a-z-]+):.*\n\t@.*\$\(RUN\) ([a-z-]+) ", (ROOT / "Makefile").read_text()))
    assert all(target == command for target, command in called.items())
    files = {path.stem for path in (ROOT / "operate" / "commands").glob("[a-z]*.py")}
    assert files == {target.replace("-", "_") for target in called}
