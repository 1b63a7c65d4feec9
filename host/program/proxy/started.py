"""Whether a proxy that was started answers, and why one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text import lines

if TYPE_CHECKING:
    from ..clock import Clock
    from ..docker import Docker

WITHIN = 15
"""Seconds."""
NOT_THE_CAUSE = ("{", "Run 'caddy")
"""What lines start with that do not say why: Caddy's log is JSON, its last word is not."""


def answers(health: str, name: str, docker: Docker) -> bool:
    """Whether the proxy of that name answers its health check."""
    return not docker.call("exec", name, *_ask(health)).code


def unready(health: str, name: str, docker: Docker, clock: Clock) -> str:
    """Wait until it answers its health check; why it does not, or nothing."""
    deadline = clock.now() + WITHIN
    while (answer := docker.call("exec", name, *_ask(health))).code:
        found = docker.find(name)
        if found is None or not found.running:
            code = f"it ended with code {found.exit_code}" if found else "it was removed"
            return cause(docker.logs(name)) or code
        if "executable file not found" in answer.out + answer.err:
            return "the image has no wget, which its health is asked with"
        if clock.now() >= deadline:
            return f"it does not answer {health}: {cause(answer.out + answer.err)}"
        clock.sleep(0.2)
    return ""


def cause(said: str) -> str:
    """What Docker or Caddy said last that tells why."""
    told = [line for line in lines(said) if not line.startswith(NOT_THE_CAUSE) and "docker run --help" not in line]
    return (told or [""])[-1]


def _ask(health: str) -> tuple[str, ...]:
    return ("wget", "-q", "-T", "2", "-O", "/dev/null", health)
