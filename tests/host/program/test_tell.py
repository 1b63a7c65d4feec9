"""What is said reaches the log and who waits; neither can stop a rollout."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from host.program.tell import Tell

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_of_any_length_is_cut(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    tell = Tell(writing)
    tell.keep(tmp_path / "log", more=False)
    tell("x" * 70_000)
    tell.close()
    said = os.read(reading, 100_000).decode()
    assert said == "x" * 4096 + " ...\n"
    assert (tmp_path / "log").read_text() == said
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_a_listener_that_does_not_read_or_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    tell = Tell(writing)
    tell.keep(tmp_path / "log", more=False)
    lines = 100
    for _ in range(lines):
        tell("x" * 4000)
    os.close(reading)
    tell("the end")
    tell.close()
    os.close(writing)
    assert (tmp_path / "log").read_text().count("\n") == lines + 1


def test_a_log_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    tell = Tell()
    tell.keep(tmp_path / "no" / "such" / "folder", more=False)
    tell("a line")
    tell.close()
