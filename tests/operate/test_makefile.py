"""The Makefile, as an operator types at it."""

from __future__ import annotations

import subprocess

from tests.config.stacks import ROOT


def test_a_variable_that_is_spelled_wrong_is_refused() -> None:
    asked = subprocess.run(["make", "STAK=prod", "help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode
    assert "STAK: is no variable of this Makefile; known are STACK " in asked.stderr
    assert not asked.stdout


def test_each_of_its_own_is_taken() -> None:
    given = ["STACK=dev", "ONLY=engine", "DOCKER=28", "PYTHON=3.14", "YES=1"]
    subprocess.run(["make", *given, "help"], cwd=ROOT, capture_output=True, check=True)


def test_the_list_of_targets_can_be_copied_from() -> None:
    shown = subprocess.run(["make", "STACK=prod"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert 'eval "$(make -s env)"' in shown
    assert "$$" not in shown
