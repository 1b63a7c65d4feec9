"""The container that a service has now, for what is done in it; and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.errors import OperatorError
from operate.prepare import reach, tell_mistakes
from operate.stack import refuse_idle, refuse_unknown

if TYPE_CHECKING:
    from host.daemon import Daemon
    from host.docker_objects import Container
    from operate.stack import Stack


def current(stack: Stack, service: str) -> tuple[Daemon, Container]:
    """The daemon, and the service's container that runs; of two, during a rollout, the newer one.

    OperatorError if the service is not known, planned or stopped, or has none that runs. With a wrong stack file, whose
    mistakes are told, the host says which there are.
    """
    wrong = tell_mistakes(stack)
    if not wrong:
        refuse_idle(service, stack)
    daemon = reach(stack)
    if wrong:
        refuse_unknown(service, sorted({found.service for found in daemon.containers()}))
    own = daemon.containers_of(service)
    if not own:
        raise OperatorError(f"{service}: has no container; `make up` makes it")
    found = own[-1]
    if not found.running:
        raise OperatorError(f"{service}: its container does not run; `make logs SERVICE={service}` shows why")
    if found.paused:
        raise OperatorError(f"{service}: its container is paused; `make up` lets it go on")
    return daemon, found


def with_a_shell(daemon: Daemon, service: str, container: Container) -> None:
    """OperatorError if there is no shell in it."""
    if daemon.exec(container.id, "sh", "-c", ":") is None:
        raise OperatorError(f"{service}: there is no shell in its image; `make logs SERVICE={service}` shows its log")
