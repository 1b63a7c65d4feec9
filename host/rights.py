"""What the user that logs in to a server may do there, and what a run of this stack needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.model import SshHost
from config.values.errors import Mistake
from host import paths
from host.errors import OperatorError
from host.facts import facts
from host.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.topology.model import Topology


def check(topology: Topology) -> None:
    """Before anything is changed: OperatorError if the user of the stack's server lacks a right that the run needs."""
    host = topology.host
    if not isinstance(host, SshHost) or host.user == "root":
        return
    mistake = lacking(facts(host, paths.root(topology)), topology)
    if mistake:
        # Groups are looked up when a connection is opened: the next run is to see what was changed.
        Machine(host).leave()
        raise OperatorError(f"host.user: {mistake}")


def lacking(seen: Mapping[str, str], topology: Topology) -> Mistake | None:
    """The first right that the user lacks, and what gives it to him."""
    user = seen.get("user", "")
    sudo = f"give {user} sudo without a password"
    if seen.get("asks") == "no":
        cure = f"run there: sudo groupadd -f docker && sudo usermod -aG docker {user}"
        return Mistake(f"{user} has sudo, but is not in the group docker, and the engine asks Docker as {user}", cure)
    if seen.get("root") == "yes":
        return None
    if topology.firewall:
        cure = f"{sudo}, or leave firewall.ssh-from out; then all that listens on the server is open to everybody"
        return Mistake(f"{user} is not root there, and the firewall needs root", cure)
    if "closed" in seen:
        root = paths.root(topology)
        # What is in a stack's own folder belongs to who deployed it before.
        own = f"chown -R {user} {root}" if seen["closed"] == str(root) else f"install -d -o {user} {root.parent}"
        return Mistake(f"{user} may not write to {seen['closed']}", f"{sudo}, or have root run: {own}")
    return None
