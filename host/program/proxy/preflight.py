"""Before the proxy is replaced, which ends the old one first: would the new one start?

An image that does not start, or a port that another program has, is found out here, while every site is still served.
"""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING

from ..errors import Failed
from ..names import PROXY
from . import standby
from .asked import CAPABILITIES, Asked
from .started import cause, unready

if TYPE_CHECKING:
    from ..clock import Clock
    from ..docker import Container, Docker
    from ..place import Place

COUNTS_FROM = (2, 11, 2)
"""Of Caddy: it tells how many requests each address has still to answer, which is what a rollout waits for."""


def preflight(text: str, place: Place, docker: Docker, clock: Clock) -> None:
    """Try the new proxy, and have it answer while it takes the old one's place; Failed if it would not start."""
    asked = Asked.parse(text)
    old = docker.find(PROXY)
    # No site is served yet: the proxy's own start says the same.
    if old and old.running:
        _try_ports(asked, old, docker)
        _try_start(asked, place, docker, clock)
        standby.begin(text, old, place, docker, clock)


def _try_ports(asked: Asked, old: Container, docker: Docker) -> None:
    """Its ports, but for those that the old proxy leaves to it."""
    publish = [
        word
        for each in asked.listen
        if each.port not in old.published
        for word in ("--publish", f"{each.address}:{each.port}:{each.port}")
    ]
    version = ("--entrypoint", "caddy", asked.image, "version")
    answer = docker.patiently("run", "--rm", *CAPABILITIES, *publish, *version)
    if answer.code:
        raise _refused(cause(answer.out + answer.err))
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", answer.out)
    if found and tuple(map(int, found.groups())) < COUNTS_FROM:
        least = ".".join(map(str, COUNTS_FROM))
        problem = f"{asked.image} is Caddy {found[0][1:]}, and rollouts would cut off requests"
        raise _refused(f"{problem}; use {least} or later")


def _try_start(asked: Asked, place: Place, docker: Docker, clock: Clock) -> None:
    """The very start, with the config that it will have.

    In a network of its own with no way out, and with nothing of the volumes, so that it takes no port, asks no
    authority for a certificate, and finds and leaves no key.
    """
    trial = f"{PROXY}-preflight"
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    remove = ("rm", "--force", "--volumes", trial)
    docker.call(*remove)
    storage = asked.storage.rpartition(":")[2]
    options = ("--detach", "--name", trial, "--network", "none", "--tmpfs", storage, *asked.options(place))
    try:
        answer = docker.patiently("run", *options, asked.image, *asked.command)
        if answer.code:
            raise _refused(cause(answer.out + answer.err))
        wrong = unready(asked.health, trial, docker, clock)
        if wrong:
            raise _refused(wrong)
    finally:
        docker.call(*remove)


def _refused(why: str) -> Failed:
    return Failed(f"{PROXY}: would not start, so the old one stays: {why}")
