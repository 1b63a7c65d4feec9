"""One container of a service: whether it lives, whether it is ready, whether the proxy has requests open to it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from .names import PROXY, STATUS
from .text import last, lines, short

if TYPE_CHECKING:
    from .clock import Clock
    from .docker import Container, Docker
    from .request import Request
    from .tell import Tell

QUOTED = 300
"""Bytes of another program's words within a line."""
PROXY_PATIENCE = 10
"""Seconds for which the proxy may be down while a container is waited for: Docker starts it again."""
LOOKS = 2
"""In a row at which nothing is under way."""
PACE = 0.05
"""Of the time waited so far; a look takes 0.1 s of processor, and a service may take a minute to start."""


class Watch:
    """Looks at the containers of one service. Whatever is wrong is an answer, not an exception."""

    def __init__(self, request: Request, docker: Docker, clock: Clock, tell: Tell) -> None:
        self._request = request
        self._docker = docker
        self._clock = clock
        self._tell = tell

    def unready(self, container: Container) -> str:
        """What a container answers that is not ready; empty if it is."""
        if not self._request.readiness:
            if container.health == "healthy":
                return ""
            return f"its health check says {short(last_check(container), QUOTED)}"
        answer = self._docker.get(f"http://{container.name}:{self._request.port}{self._request.readiness}")
        return (short(last(answer.err or answer.out), QUOTED) or "no answer") if answer.code else ""

    def wrong(self, container: Container | None) -> str:
        """Why a container does not run as it was started; empty if it does."""
        if container is None:
            return "was removed"
        if container.out_of_memory:
            return "ran out of memory"
        if not container.running:
            return f"exited with code {container.exit_code}"
        if container.restarts:
            return "crashes, and Docker starts it again and again"
        if self._request.failure:
            # Of this start alone: since its last end, as Docker notes a start only after the first lines may have come.
            since = ("--since", container.ended_at) if container.ended_at else ()
            for line in lines(self._docker.logs(container.id, *since)):
                if self._request.failure in line:
                    return f"answers, but its log says: {short(line, QUOTED)}"
        return ""

    def half_made(self, said: str) -> bool:
        """Whether that is what a service says for ever once its first start was cut short."""
        pattern = self._request.first_start_cut
        return bool(pattern) and bool(re.search(pattern, said))

    def become_ready(self, container: Container) -> str:
        """Wait until a container that was started is ready; why it is not within its start time, or empty."""
        request = self._request
        began = proxy_ran = self._clock.now()
        while True:
            found = None if request.readiness else self._docker.find(container.id)
            answer = self.unready(found or container)
            if not answer:
                return ""
            names = (container.id, PROXY)
            looked = self._docker.inspect(*names) if request.readiness else [found] if found is not None else []
            wrong = self.wrong(next((each for each in looked if each.id == container.id), None))
            if wrong:
                return wrong
            if self.half_made(answer):
                return f"will never be ready: {answer}"
            now = self._clock.now()
            if now - began >= request.start:
                asked = f"GET {request.readiness}: " if request.readiness else ""
                return f"not ready within {request.start} s: {asked}{answer}"
            if not request.readiness or any(each.name == PROXY and each.running for each in looked):
                proxy_ran = now
            elif now - proxy_ran >= PROXY_PATIENCE:
                return f"cannot be asked whether it is ready: {PROXY} is not running"
            self._clock.sleep(max(0.2, PACE * (now - began)))

    def still_ready(self, container: Container) -> str:
        """Look once more at a container that was ready; what is wrong with it now, or empty.

        One answer that is missing is no failure yet, two are. A container that died is refused a moment before Docker
        knows of its end, which is what the operator has to hear.
        """
        wrong, answer = self._look(container)
        if wrong or not answer:
            return wrong
        self._clock.sleep(1)
        wrong, answer = self._look(container)
        if wrong or not answer:
            return wrong
        return f"was ready and then failed within its settle time of {self._request.settle} s: {answer}"

    def _look(self, container: Container) -> tuple[str, str]:
        """What is wrong with a container, and what it answers that is not ready; each empty if it is fine.

        Docker is asked last: one that crashed after that, and was started again, would answer as if nothing was.
        """
        answer = self.unready(container) if self._request.readiness else ""
        found = self._docker.find(container.id)
        if not self._request.readiness and found is not None:
            answer = self.unready(found)
        return self.wrong(found), answer

    def stay_ready(self, container: Container) -> str:
        """Watch a container for its settle time; why it did not stay ready, or empty. The last look is at its end."""
        began = self._clock.now()
        while self._clock.now() - began < self._request.settle:
            self._clock.sleep(0.5)
            wrong = self.still_ready(container)
            if wrong:
                return wrong
        return ""

    def drain(self, container: Container) -> None:
        """Wait until nothing is under way between the proxy and a container, for the drain time at most.

        Two looks: a request that has read where to go is counted a moment later.
        """
        began = self._clock.now()
        quiet = 0
        while True:
            quiet = 0 if self._busy(container) else quiet + 1
            if quiet == LOOKS:
                return
            waited = self._clock.now() - began
            if not quiet and waited >= self._request.drain:
                limit = f"after {self._request.drain} s; they end now"
                self._tell(f"{self._request.service}: requests or streams are still open {limit}")
                return
            self._clock.sleep(0.05 if quiet else max(0.05, PACE * waited))

    def _busy(self, container: Container) -> bool:
        """Whether the proxy has a request or a stream open to a container. A proxy that is away has none."""
        answer = self._docker.get(f"http://{STATUS}/reverse_proxy/upstreams").out
        with suppress(ValueError):
            address = f"{container.name}:{self._request.port}"
            return any(each["address"] == address and each["num_requests"] for each in json.loads(answer))
        return False


def last_check(container: Container) -> str:
    """The first line of what the last health check has said, or Docker's own mark."""
    said = lines(container.health_said)
    return said[0] if said else container.health or "none"
