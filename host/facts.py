"""What a stack's machine is like: one value a word, as `host/scripts/examine.sh` sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import paths
from host.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from config.topology.model import LocalHost, SshHost

EXAMINE = paths.SCRIPTS / "examine.sh"


def facts(host: LocalHost | SshHost, root: Path, *ports: int) -> Mapping[str, str]:
    """Everything that the script tells, and who has the ports; OperatorError if the machine cannot be reached.

    `root`: the stack's folder there.
    """
    arguments = [str(root), *map(str, ports)]
    asked = Machine(host).run(["sh", "-c", EXAMINE.read_text(encoding="utf-8"), "examine", *arguments])
    return dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
