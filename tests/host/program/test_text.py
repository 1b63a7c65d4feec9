"""What other programs say can be taken by a screen and by the engine."""

from __future__ import annotations

import pytest

from host.program.text import last, lines, short


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("exited: no such file", "exited: no such file"),
        ("", ""),
        ("é" * 240, "é" * 240),
        ("x" * 70_000, "x" * 500 + " ..."),
        ("x" * 499 + "é" * 10, "x" * 499 + " ..."),
        ("x" * 498 + "🙂" * 10, "x" * 498 + " ..."),
        ("\x1b[2Jwiped\a\ttabbed\r", "[2Jwiped\ttabbed"),
        ("x" * 500, "x" * 500),
    ],
)
def test_a_line_is_cut_between_letters_and_has_no_control_characters(said: str, shown: str) -> None:
    assert short(said) == shown


def test_what_says_nothing_is_left_out() -> None:
    assert lines("\n a\n\n  \nb\n") == [" a", "b"]
    assert last("cause\n\n") == "cause"
    assert last("") == ""
