"""Whether a local daemon is the one that a stack was deployed on.

Two places know it: the engine's state, which says what is where, and the stack's folder on this machine, which the
proxy of that daemon has mounted. A daemon is the same one if its identity is, or if what was deployed is on it: Docker
makes another identity up when it is installed again, and keeps the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.errors import OperatorError
from host.identity import Identity
from host.names import CONTAINER, HOST, NETWORK

if TYPE_CHECKING:
    from pathlib import Path

    from host.daemon import Daemon
    from operate.engine.state import State

FILE = "daemon.json"
"""In the stack's folder: the daemon whose proxy has it mounted."""
THERE = (CONTAINER, NETWORK)
"""What has an id that no other daemon has."""
LOCAL = "local"
"""What `make forget SERVER=` calls the daemon of this machine."""


def of_folder(root: Path) -> Identity | None:
    """The daemon that a stack's folder belongs to; None if none is known."""
    try:
        return Identity.of((root / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def keep(root: Path, identity: Identity) -> None:
    """Note whose folder it is."""
    if of_folder(root) == identity:
        return
    root.mkdir(parents=True, exist_ok=True)
    new = root / f".{FILE}.new"
    new.write_text(identity.text() + "\n", encoding="utf-8")
    new.rename(root / FILE)


def drop(root: Path) -> None:
    """The folder belongs to no daemon any more."""
    (root / FILE).unlink(missing_ok=True)


def of_state(state: State) -> Identity | None:
    """The local daemon that the engine's state was made with; None if it says nothing of it."""
    return next((Identity.of(found.daemon) for found in state.everything if found.type == HOST), None)


def other_folder(root: Path, daemon: Daemon) -> Identity | None:
    """The daemon that the stack's folder belongs to, where that is another one than this."""
    owner = of_folder(root)
    if owner is None or daemon.identity is None or owner.is_(daemon.identity) or daemon.containers():
        return None
    return owner


def other_state(state: State, daemon: Daemon) -> Identity | None:
    """The daemon that the state's containers are on, where that is another one than this; unnamed if not known."""
    recorded = {found.id for found in state.everything if found.type in THERE and found.id}
    known = of_state(state)
    if not recorded or daemon.identity is None or (known and known.is_(daemon.identity)):
        return None
    there = {found.id for found in daemon.containers()} | {found.id for found in daemon.networks()}
    return None if recorded & there else known or Identity("", "")


def refuse(stack: str, other: Identity | None) -> None:
    """OperatorError if the stack is on another daemon: it would be taken for one whose containers are gone."""
    if other is None:
        return
    name = f"{other.name} at {other.endpoint}" if other.id else "which is not known by name"
    cure = f"`export DOCKER_HOST={other.endpoint}`" if other.endpoint else "point DOCKER_HOST at that one"
    forget = f"make forget SERVER={LOCAL}" + ("" if stack == "dev" else f" STACK={stack}")
    raise OperatorError(
        f"docker: {stack} is on another Docker daemon ({name}), and nothing was touched; {cure}, "
        f"or, if that one is gone for good, run `{forget}`"
    )
