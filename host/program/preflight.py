"""Before the proxy is replaced, which ends the old one first: would the new one start?

An image that does not start, or a port that another program has, is found out here, while every site is still served.
"""

from __future__ import annotations

import re
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import Failed
from .names import CONFIG_DIRECTORY, PROXY
from .request import document_of, incomplete
from .text import lines

if TYPE_CHECKING:
    from .clock import Clock
    from .docker import Container, Docker
    from .place import Place

STARTS_WITHIN = 15
NOT_THE_CAUSE = ("{", "Run 'caddy")
"""What lines start with that do not say why: Caddy's log is JSON, its last word is not."""
COUNTS_FROM = (2, 11, 2)
"""Of Caddy: it tells how many requests each address has still to answer, which is what a rollout waits for."""
CAPABILITIES = ("--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE")


@dataclass(frozen=True)
class Preflight:
    """A proxy that is to be."""

    image: str
    memory: int
    """MiB."""
    health: str
    """The URL that its health check asks."""
    command: tuple[str, ...]
    listen: tuple[tuple[str, int], ...]
    """Address, as it stands before a port, and port of each published one."""

    @classmethod
    def parse(cls, text: str) -> Preflight:
        """From its document; Failed if any of it is missing."""
        found = document_of(text)
        try:
            return cls(
                str(found["image"]),
                int(found["memory"]),
                str(found["health"]),
                tuple(map(str, found["command"])),
                tuple((str(address), int(port)) for address, port in found["listen"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise incomplete(f"{type(error).__name__}: {error}") from None


def preflight(text: str, place: Place, docker: Docker, clock: Clock) -> None:
    """Try the new proxy; Failed if it would not start."""
    asked = Preflight.parse(text)
    old = docker.find(PROXY)
    # No site is served yet: the proxy's own start says the same.
    if old and old.running:
        _try_ports(asked, old, docker)
        _try_start(asked, place, docker, clock)


def _try_ports(asked: Preflight, old: Container, docker: Docker) -> None:
    """Its ports, but for those that the old proxy leaves to it."""
    publish = [
        word
        for address, port in asked.listen
        if port not in old.published
        for word in ("--publish", f"{address}:{port}:{port}")
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


def _try_start(asked: Preflight, place: Place, docker: Docker, clock: Clock) -> None:
    """The very start, with the config of now.

    In a network of its own with no way out, and with none of the volumes, so that it takes no port, asks no authority
    for a certificate, and finds and leaves no key.
    """
    trial = f"{PROXY}-preflight"
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    remove = ("rm", "--force", "--volumes", trial)
    docker.call(*remove)
    memory = f"{asked.memory}m"
    options = (
        "--detach", "--name", trial, "--network", "none", "--memory", memory, "--memory-swap", memory, "--init",
        *CAPABILITIES, "--security-opt", "no-new-privileges", "--sysctl", "net.ipv4.tcp_migrate_req=1",
        "--tmpfs", "/run/caddy", "--volume", f"{place.proxy}:{CONFIG_DIRECTORY}:ro",
    )  # fmt: skip
    try:
        answer = docker.patiently("run", *options, asked.image, *asked.command)
        if answer.code:
            raise _refused(cause(answer.out + answer.err))
        _wait(asked, trial, docker, clock)
    finally:
        docker.call(*remove)


def _wait(asked: Preflight, trial: str, docker: Docker, clock: Clock) -> None:
    deadline = clock.now() + STARTS_WITHIN
    while (answer := docker.call("exec", trial, "wget", "-q", "-T", "2", "-O", "/dev/null", asked.health)).code:
        found = docker.find(trial)
        if found is None or not found.running:
            code = f"it ended with code {found.exit_code}" if found else "it was removed"
            raise _refused(cause(docker.logs(trial)) or code)
        if "executable file not found" in answer.out + answer.err:
            raise _refused("the image has no wget, which its health is asked with")
        if clock.now() >= deadline:
            raise _refused(f"it does not answer {asked.health}: {cause(answer.out + answer.err)}")
        clock.sleep(0.2)


def cause(said: str) -> str:
    """What Docker or Caddy said last that tells why."""
    told = [line for line in lines(said) if not line.startswith(NOT_THE_CAUSE) and "docker run --help" not in line]
    return (told or [""])[-1]


def _refused(why: str) -> Failed:
    return Failed(f"{PROXY}: would not start, so the old one stays: {why}")
