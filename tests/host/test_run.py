"""What another program said, as one line for the operator."""

from __future__ import annotations

import subprocess
import sys

import pytest

from host.run import last_line

IN_USE = "Error response from daemon: error while removing network: network smarter-net has active endpoints"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("trying\nno such network\n\n", "no such network"),
        # As `docker network rm` of 20.10 ends.
        (f"{IN_USE}\nexit status 1\n", IN_USE),
        ("exit status 1\n", "failed"),
        ("", "failed"),
    ],
)
def test_the_last_line_that_says_something(said: str, line: str) -> None:
    assert last_line(said, "failed") == line


def test_what_is_meant_for_a_later_program_is_not_read_away() -> None:
    """A command over SSH reads its stdin whether its program wants it or not."""
    script = "import sys; from host.run import capture; capture(['cat']); print(sys.stdin.read())"
    ended = subprocess.run(
        [sys.executable, "-c", script], input="for the next one", capture_output=True, text=True, check=True
    )
    assert ended.stdout == "for the next one\n"
