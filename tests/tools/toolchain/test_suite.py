"""How the long tests are shared out, and where they can run besides this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.pace import unit

ROOT = Path(__file__).parents[3]


def test_a_module_is_one_workers_and_so_is_a_folder_that_shares_a_stack() -> None:
    assert unit("tests/engine/daily/test_keys.py::test_a[b/c::d]") == "tests/engine/daily/test_keys.py"
    assert unit("tests/engine/standing/test_edge.py::test_a") == "tests/engine/standing"


def test_a_docker_that_no_debian_release_has_is_one_line() -> None:
    enter = [str(ROOT / "tests/debian/enter"), "docker-99", "true"]
    result = subprocess.run(enter, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == (
        "debian: no Debian release is known for docker-99; docker-20, -26, -28, python-3.11, -3.13, -3.14\n"
    )
