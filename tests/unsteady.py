"""What failed beside other tests, and whether it is a failure by itself.

python -m tests.unsteady modules    prints what is to run once more, alone; nothing if too much failed
python -m tests.unsteady report     says which tests failed once, and passed alone
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.pace import unit

FAILED = Path(__file__).parents[1] / ".pytest_cache" / "v" / "cache" / "lastfailed"
"""pytest's own record."""
FIRST = FAILED.with_name("failed-first")
"""That record before the second run, which overwrites it."""
MOST = 3
"""Modules. When more fail, it is not the machine that was busy."""


def modules(failed: list[str]) -> list[str]:
    """What has to run as a whole for those tests to run again; nothing if it is more than MOST."""
    found = sorted({unit(test) for test in failed})
    return found if len(found) <= MOST else []


def report(failed: list[str], *, github: bool) -> list[str]:
    """A line for each test, as an annotation where GitHub shows one."""
    mark = "::warning::" if github else ""
    return [f"{mark}unsteady: {test} failed beside other tests (above) and passed alone" for test in failed]


def main(word: str) -> None:
    """Answer one of the two questions."""
    if word == "modules":
        failed = list(json.loads(FAILED.read_text())) if FAILED.exists() else []
        FIRST.write_text(json.dumps(failed))
        print("\n".join(modules(failed)))
    else:
        print("\n".join(report(json.loads(FIRST.read_text()), github="GITHUB_ACTIONS" in os.environ)))


if __name__ == "__main__":
    main(*sys.argv[1:])
