"""The one way in which a command ends early: a line that says what is wrong and what helps."""

from __future__ import annotations


class OperatorError(Exception):
    """Shown as one line on stderr, exit code 1; never a traceback."""
