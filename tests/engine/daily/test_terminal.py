"""A failed run ends with one line that says it all, at a terminal, narrow or wide, and in a file."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rig.project import REPOSITORY
from tests.rig.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.project import Project

LINES = (
    r"error: smarteros-blogbowl: cannot pull its image \(.+\); set services\.smarteros-blogbowl\.image to .+",
    r"error: n8n: the new container .+; `make logs SERVICE=n8n` shows more",
)
COMMAND = [sys.executable, "-m", "operate", "up", "--yes"]


@pytest.fixture(params=["image", "crash"])
def failing(request: pytest.FixtureRequest, deployed: Project) -> Iterator[tuple[Project, str]]:
    """A stack that cannot come up, and how its last line reads."""
    kept = deployed.read()["config"]
    if request.param == "image":
        deployed.change("smarteros-blogbowl", image="registry.invalid/blogbowl:9.9.9")
        yield deployed, LINES[0]
    else:
        deployed.change("n8n", environment={"CRASH_AT_START": "3"})
        yield deployed, LINES[1]
    deployed.write(kept)
    deployed.bring_up()


@pytest.mark.parametrize("columns", [80, 120])
def test_at_a_terminal(failing: tuple[Project, str], columns: int) -> None:
    project, line = failing
    environment = {key: value for key, value in project.environment.items() if key != "COLUMNS"}
    terminal = Terminal(COMMAND, folder=project.folder, environment=environment, columns=columns)
    assert terminal.wait(seconds=200) not in {0, 130}
    shown = terminal.screen
    assert re.fullmatch(line, shown.rstrip().splitlines()[-1]), shown
    assert "<{%" not in shown
    assert len([one for one in shown.splitlines() if one.startswith("error: ")]) == 1, shown


def test_under_make_which_adds_its_own(failing: tuple[Project, str]) -> None:
    project, line = failing
    make = ["make", "-f", str(REPOSITORY / "Makefile"), "up", "YES=1"]
    terminal = Terminal(make, folder=project.folder, environment=project.environment)
    assert terminal.wait(seconds=200) == 2
    *_, ours, makes = terminal.screen.rstrip().splitlines()
    assert re.fullmatch(line, ours), terminal.screen
    assert re.fullmatch(r"make: \*\*\* \[\S+Makefile:\d+: up\] Error \d+", makes), terminal.screen


def test_in_a_pipe(failing: tuple[Project, str]) -> None:
    project, line = failing
    result = project.operate("up")
    assert result.returncode not in {0, 130}
    (only,) = result.stderr.splitlines()
    assert re.fullmatch(line, only), only
    assert "\x1b" not in result.stdout + result.stderr
