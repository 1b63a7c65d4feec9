"""A rollout that is killed at any moment is taken up by the next run and by a restart: a copy serves, and never two."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.host.program.killed import SCENARIOS

LEAST = 20
"""Moments; what a rollout does to its host is more than that."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_is_taken_up(tmp_path: Path, scenario: str) -> None:
    # Hundreds of hosts, each with files that are written all the time: not to a disk, where there is memory.
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.host.program.killed", folder, scenario],
            cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
        )  # fmt: skip
    moments = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({each["step"] for each in moments}) >= LEAST
    wrong = [each for each in moments if problem(each, scenario)]
    assert not wrong, json.dumps(wrong[0], indent=1) + f"\n{problem(wrong[0], scenario)}; {len(wrong)} in all"


def problem(moment: dict[str, Any], scenario: str) -> str:
    """What is wrong at that moment; empty if nothing is."""
    wanted = {"another": "c", "the same": "a" if "fails" in scenario else "b"}.get(moment["taker"])
    checks = {
        "what takes it up crashed": moment["ended by"],
        "two copies ran on the same data": "rolling" not in scenario and moment["most"] > 1,
        "requests go where no copy runs": moment["pointed"] not in moment["running"],
        # A restart leaves what was not held as it was: the next run goes on.
        "requests go to a copy that is not ready": wanted and moment["pointed"] not in moment["ready"],
        "something is left over": wanted and moment["left"],
        "not one copy runs": wanted and len(moment["running"]) != 1,
        f"{wanted} should serve": wanted and moment["pointed"] != wanted,
    }
    return next((what for what, wrong in checks.items() if wrong), "")
