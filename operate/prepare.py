"""Everything that can be wrong before a run, checked before anything is changed."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from config.stackfile.read import read_stack_file
from config.stackfile.renamed import renamed
from config.topology.model import SshHost
from host.daemon import Daemon
from host.errors import OperatorError
from host.identity import TOLD
from host.machine import Machine
from operate.engine.pulumi import Engine
from operate.inspect import deployed_on
from operate.terminal import console
from tools.images import ensure
from tools.images.parts import ImageError

if TYPE_CHECKING:
    from operate.stack import Stack


def prepare(stack: Stack, *, images: bool = True, any_daemon: bool = False) -> tuple[Engine, Daemon]:
    """The engine and the daemon of a stack; OperatorError if one of them cannot be used now.

    `any_daemon`: a local one that the stack was not deployed on as well.
    """
    stack.topology  # noqa: B018  a wrong stack file ends here
    for line in renamed(read_stack_file(stack.file).raw):
        console.print(f"{stack.file.name}: {line}", soft_wrap=True, markup=False)
    stack.environment  # noqa: B018  so does a passphrase that protects nothing
    daemon = reach(stack, any_daemon=any_daemon)
    if daemon.identity:
        stack.environment[TOLD] = daemon.identity.text()
    if images and any(spec.stand_in for spec in stack.topology.services):
        try:
            ensure()
        except ImageError as error:
            raise OperatorError(str(error)) from error
    engine = Engine(stack)
    locks = engine.locks()
    if any(not lock.stale for lock in locks):
        holder = next(lock.holder for lock in locks if not lock.stale)
        raise OperatorError(
            f"{stack.name}: another run is under way ({holder}); wait for its end and try again, "
            f"or, if that machine is gone, run `pulumi cancel --stack {stack.name}`"
        )
    if locks:
        console.print(f"{stack.name}: the lock of {locks[0].holder} is stale, that process is gone; removed")
        engine.cancel()
    engine.open()
    return engine, daemon


def reach(stack: Stack, *, any_daemon: bool = False) -> Daemon:
    """The stack's daemon, which answers; OperatorError if it does not, or is another one than the stack is on."""
    host = stack.host
    daemon = Daemon(stack.name, Machine(host))
    if not isinstance(host, SshHost):
        if why := daemon.meet():
            raise OperatorError(unanswered(why))
        if not any_daemon:
            deployed_on.refuse(stack.name, deployed_on.other_folder(stack.root, daemon))
        return daemon
    if daemon.reachable():
        return daemon
    if daemon.installed():
        raise OperatorError(
            f"docker: the daemon on {host.address} does not answer {host.user}; start it there "
            "(`systemctl start docker`), or add the user to the group docker"
        )
    daemon.bare = True
    return daemon


def tell_mistakes(stack: Stack) -> bool:
    """Say all that is wrong with the stack file, a line each; whether there is anything. For what works without it."""
    for mistake in stack.mistakes:
        print(f"error: {mistake}", file=sys.stderr)
    return bool(stack.mistakes)


def unanswered(why: str) -> str:
    """Why this machine's daemon does not answer, from docker's own words, and what helps."""
    if "permission denied" in why.lower():
        return (
            "docker: a daemon is there, and this user may not ask it; "
            "`sudo usermod -aG docker $USER`, then log in again (or run as root)"
        )
    if (context := re.search('context "([^"]+)"', why)) and "not found" in why:
        return f"docker: there is no context {context[1]}; `docker context ls` shows what there is"
    return "docker: no daemon answers; start it, or point DOCKER_HOST at one that runs"
