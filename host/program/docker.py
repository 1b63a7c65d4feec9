"""Docker, through its command: so contexts, DOCKER_HOST and certificates mean what they mean everywhere."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import DockerError
from .names import PROXY, RELEASE, SERVICE, STACK
from .text import first, last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .clock import Clock

PATIENCE = 120
"""Seconds for which a daemon that does not answer is asked again: it may be restarted under a rollout."""
GONE = re.compile(
    r"^(error: )?(cannot connect to the docker daemon|error during connect|unexpected eof\W*$"
    r"|(read|write) unix .*docker.*(connection reset|broken pipe))",
    re.IGNORECASE | re.MULTILINE,
)
"""Docker's own words for a daemon that does not answer. A service's words stand behind its own name, or another's."""
PROCESSES = 2048
"""Processes and threads of one container: many times what any service has, far fewer than the host can bear."""
NEVER = "0001-"
"""How Docker's time of what has not happened begins."""


@dataclass(frozen=True)
class Answer:
    """What a command ended with."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Container:
    """What the program wants to know of a container."""

    id: str
    name: str
    running: bool
    restarts: int
    exit_code: int
    out_of_memory: bool
    ended_at: str
    """When it ran last before this start; empty if this is its first."""
    pid: int
    health: str
    """Docker's mark; empty without a health check."""
    health_said: str
    """What its last check has said."""
    release: str
    published: frozenset[int]
    """Ports of the host that lead to it."""

    @classmethod
    def of(cls, found: dict[str, Any]) -> Container:
        """From `docker inspect`."""
        state = found["State"]
        ended = str(state.get("FinishedAt") or NEVER)
        health = state.get("Health") or {}
        checks = health.get("Log") or []
        bindings = (found.get("HostConfig") or {}).get("PortBindings") or {}
        return cls(
            id=found["Id"],
            name=found["Name"].lstrip("/"),
            running=bool(state["Running"]),
            restarts=int(found.get("RestartCount") or 0),
            exit_code=int(state.get("ExitCode") or 0),
            out_of_memory=bool(state.get("OOMKilled")),
            ended_at="" if ended.startswith(NEVER) else ended,
            pid=int(state.get("Pid") or 0),
            health=str(health.get("Status") or ""),
            health_said=str(checks[-1].get("Output") or "") if checks else "",
            release=str((found["Config"].get("Labels") or {}).get(RELEASE) or ""),
            published=frozenset(
                int(each["HostPort"]) for port in bindings.values() for each in port or () if each.get("HostPort")
            ),
        )


class Docker:
    """The daemon of this host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gone_since: float | None = None
        """When the daemon was first seen not to answer; None: it answers."""

    def call(self, *arguments: str) -> Answer:
        """Run a docker command once; what it ends with is the caller's to judge."""
        done = subprocess.run(
            ["docker", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def patiently(self, *arguments: str) -> Answer:
        """The same, again for as long as no daemon answers. One that was waited for in vain is not waited for again."""
        while True:
            answer = self.call(*arguments)
            if not answer.code or not GONE.search(answer.err):
                self._gone_since = None
                return answer
            now = self._clock.now()
            if self._gone_since is None:
                self._gone_since = now
            if now - self._gone_since >= PATIENCE:
                return answer
            self._clock.sleep(1)

    def must(self, *arguments: str) -> str:
        """What a command prints; DockerError in docker's own words if it fails."""
        answer = self.patiently(*arguments)
        if answer.code:
            raise DockerError(last(answer.err) or f"docker {arguments[0]} ended with {answer.code}")
        return answer.out

    def inspect(self, *names: str) -> list[Container]:
        """Those of the containers that there are."""
        if not names:
            return []
        answer = self.patiently("inspect", "--type", "container", *names)
        if answer.code and "no such" not in answer.err.lower():
            raise DockerError(last(answer.err) or f"docker inspect ended with {answer.code}")
        found: list[dict[str, Any]] = json.loads(answer.out or "[]")
        return [Container.of(each) for each in found]

    def find(self, name: str) -> Container | None:
        """A container by its id or name; None if there is no such."""
        found = self.inspect(name)
        return found[0] if found else None

    def containers(self, stack: str, service: str) -> list[Container]:
        """The running containers of a service."""
        filters = ("--filter", f"label={STACK}={stack}", "--filter", f"label={SERVICE}={service}")
        return self.inspect(*self.must("ps", "-q", "--no-trunc", *filters).split())

    def limit(self, container: str) -> None:
        """Let a container, and the proxy, have no more than so many processes: the plugin has no word for it."""
        limit = ("update", "--pids-limit", str(PROCESSES), container)
        if self.patiently(*limit, PROXY).code:
            # There may be no proxy.
            self.must(*limit)

    def start(self, container: str) -> str:
        """Start a container; why it does not start, or nothing."""
        answer = self.patiently("start", container)
        return first(answer.err or answer.out) or "for no reason that Docker tells" if answer.code else ""

    def stop(self, container: str, seconds: int) -> None:
        """SIGTERM, and SIGKILL after so many seconds."""
        self.must("stop", "-t", str(seconds), container)

    def logs(self, container: str, *options: str) -> str:
        """What a container has written. Never asked twice: these are not docker's own words."""
        answer = self.call("logs", *options, container)
        return answer.out + answer.err

    def execute(self, *command: str) -> Answer:
        """A command inside the proxy's container."""
        return self.call("exec", PROXY, *command)

    def get(self, url: str) -> Answer:
        """GET from inside the proxy's network, once. The image's own wget: no tool is asked of any service's image."""
        return self.execute("wget", "-q", "-T", "5", "-O", "-", url)

    def images(self, names: Sequence[str]) -> list[str]:
        """Those of the images that there are."""
        if not names:
            return []
        found: list[dict[str, Any]] = json.loads(self.patiently("image", "inspect", *names).out or "[]")
        # An image is found by its tag and digest in one, and shows the two apart.
        known = {name for each in found for key in ("RepoTags", "RepoDigests") for name in each.get(key) or ()}
        return [name for name in names if name in known or _digest(name) in known]

    def remove_image(self, name: str) -> bool:
        """Whether an image could be removed; one that a container uses cannot."""
        return not self.call("image", "rm", name).code


def _digest(image: str) -> str:
    """`repository:tag@digest` as Docker lists it, without its tag."""
    repository, _, digest = image.partition("@")
    folder, slash, name = repository.rpartition("/")
    return f"{folder}{slash}{name.partition(':')[0]}@{digest}"
