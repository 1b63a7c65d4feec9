"""Units of systemd, where the host has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

UNITS = Path("/etc/systemd/system")
RUNS = Path("/run/systemd/system")


def usable() -> bool:
    """Whether there is one, and this process may change it."""
    return RUNS.is_dir() and not os.getuid()


def write(unit: str, text: str) -> None:
    """Put a unit's file there."""
    (UNITS / unit).write_text(text, encoding="utf-8")


def enable(unit: str) -> None:
    """Have it started at each start of the machine, and a timer now, too."""
    _systemctl("daemon-reload")
    _systemctl("enable", "--quiet", unit)
    if unit.endswith(".timer"):
        # Started already, it would go on at the time that it had.
        _systemctl("restart", unit)


def remove(unit: str) -> None:
    """Stop it and take its file away; one that is not there is none."""
    if (UNITS / unit).exists():
        _systemctl("disable", "--quiet", "--now", unit)
        (UNITS / unit).unlink()
        _systemctl("daemon-reload")


def _systemctl(*arguments: str) -> None:
    subprocess.run(["systemctl", *arguments], check=True)
