"""Other programs, called so that what they say reaches the operator as one line."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from host.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXIT_STATUS = re.compile(r"exit status \d+")


def capture(
    command: Sequence[str], *, stdin: str | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to its end and return what it printed; an exit code is the caller's to judge.

    Without `stdin` there is none: an `ssh` would read away what is meant for a program that comes after it.
    """
    given = "" if stdin is None else stdin
    try:
        return subprocess.run(list(command), input=given, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError as error:
        raise OperatorError(f"{command[0]} is not installed, or not on PATH") from error


def last_line(text: str, default: str) -> str:
    """The last line that says something; programs put the cause there. `docker network rm` ends in "exit status 1"."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not EXIT_STATUS.fullmatch(line.strip())]
    return lines[-1] if lines else default
