"""The four programs that watch a stack, as Debian's newest release has them, and what checks their files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.rig.project import REPOSITORY
from tests.rig.skip import skip_or_fail

SUITE = "sid"
"""Its versions are the catalog's; Debian 12's Alertmanager reads no secret of Telegram's from a file."""
PACKAGES = {
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "blackbox-exporter": "prometheus-blackbox-exporter",
    "node-exporter": "prometheus-node-exporter",
    "promtool": "promtool",
}


def program(name: str) -> Path:
    """The program; a test that cannot have it skips, and in CI it fails."""
    if name == "amtool":
        return program("alertmanager").with_name("amtool")
    command = [str(REPOSITORY / "tests" / "debian" / "program"), SUITE, PACKAGES[name]]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        skip_or_fail(f"needs {name} of Debian's {SUITE}: {(found.stderr.splitlines() or ['no word'])[-1]}")
    return Path(found.stdout.strip())
