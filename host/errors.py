"""The one way in which a command ends early: a line that says what is wrong and what helps."""

from __future__ import annotations


class OperatorError(Exception):
    """Shown as one line on stderr, exit code 1; never a traceback."""


class Interrupted(Exception):  # noqa: N818  it is no mistake
    """The operator has ended it: one line, too. Its exit code is 130, as shells have it."""
