"""Where things are on a host. Apart from `host.py`: a command that only looks need not load the engine's SDK."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from config.topology.model import SshHost

if TYPE_CHECKING:
    from config.topology.model import LocalHost, Topology


SCRIPTS = Path(__file__).parent / "scripts"
"""What runs on a host, on this machine."""
COMMANDS = Path(__file__).parent / "commands"
"""What takes the place of other programs on the engine's PATH."""


def root(topology: Topology) -> Path:
    """The folder on the stack's host that the scripts and the proxy's config are kept in."""
    return folder(topology.host, topology.stack)


def folder(host: LocalHost | SshHost, stack: str) -> Path:
    """The same, of a stack that no more is known of than its host."""
    if isinstance(host, SshHost):
        return Path("/var/lib/smarter-net") / stack
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "smarter-net" / stack
