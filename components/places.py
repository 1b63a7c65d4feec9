"""Where things are on a host. Apart from `host.py`: a command that only looks need not load the engine's SDK."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from config.topology import SshHost

if TYPE_CHECKING:
    from config.topology import Topology


SCRIPTS = Path(__file__).parent / "scripts"
"""What runs on a host, on this machine."""


def root(topology: Topology) -> Path:
    """The folder on the stack's host that the scripts and the proxy's config are kept in."""
    if isinstance(topology.host, SshHost):
        return Path("/var/lib/smarter-net") / topology.stack
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "smarter-net" / topology.stack
