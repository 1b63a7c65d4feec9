"""The restic that backups are made with, as Debian's newest release has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.rig.project import REPOSITORY
from tests.rig.skip import skip_or_fail

SUITE = "sid"
"""Debian 12's restic is older than the oldest that the program takes."""


def restic() -> Path:
    """The program; a test that cannot have it skips, and in CI it fails."""
    found = subprocess.run(
        [REPOSITORY / "tests" / "debian" / "program", SUITE, "restic"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        skip_or_fail(f"needs restic of Debian's {SUITE}: {(found.stderr.splitlines() or ['no word'])[-1]}")
    return Path(found.stdout.strip())
