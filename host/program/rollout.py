"""One rollout. Idempotent: it looks at what really runs and does what is missing.

Whatever fails, a container that served before serves afterwards, and the container that failed is stopped.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from . import history
from .before.back import Back
from .before.snapshot import Before
from .errors import DockerError, Failed
from .names import NOWHERE, PROXY, ROLLING
from .text import lines
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .clock import Clock
    from .docker import Container, Docker
    from .place import Place
    from .request import Request
    from .tell import Tell

LAST_LINES = 15
"""Of a container that failed, for the operator."""


class Rollout:
    """Makes one created container the running container of its service. The service's lock is held meanwhile."""

    def __init__(self, request: Request, place: Place, docker: Docker, clock: Clock, tell: Tell) -> None:
        self._request = request
        self._service = request.service
        self._place = place
        self._docker = docker
        self._clock = clock
        self._tell = tell
        self._watch = Watch(request, docker, clock, tell)
        self._before = Before(request, place, docker, tell)
        self._back = Back(request, place, docker, tell)
        self._held = 0.0
        self._cut = False
        """The container that failed said that its first start was cut short."""

    def run(self) -> None:
        """Do it; Failed if the new container does not serve afterwards."""
        began = self._clock.now()
        new = self._docker.find(self._request.container)
        running = self._docker.containers(self._request.stack, self._service)
        if new is None:
            self._without_new(running)
            raise Failed(f"{self._service}: its container is gone from the host; the next run makes it again")
        self._new = new
        others = [each for each in running if each.id != new.id]
        if not others and self._serves(running):
            self._tell(f"{self._service}: {new.name} already serves")
            self._place.forget_old(self._service)
            self._back.settle()
            self._forget_plan()
            return
        self._before.begin()
        self._back.begin()
        self._keep_plan()
        outcome = "failed"
        try:
            self._docker.limit(new.id)
            self._by_order(others)
            outcome = "ok"
        except DockerError as error:
            raise Failed(f"{self._service}: {error}") from None
        finally:
            self._end(outcome, others[0].release if others else "", began)
        with suppress(DockerError, OSError):
            history.prune_images(self._place.root, self._docker, self._service, self._tell)
            self._before.prune()
        self._tell(f"{self._service}: {new.name} serves")

    def _serves(self, running: Sequence[Container]) -> bool:
        here = self._place.address(self._service) == self._address(self._new)
        return here and any(not self._watch.unready(each) for each in running)

    def _address(self, container: Container) -> str:
        return f"{container.name}:{self._request.port}"

    def _point(self, address: str) -> None:
        self._place.point(self._service, address)

    def _without_new(self, running: Sequence[Container]) -> None:
        """Bring back the container that a rollout which was cut off had stopped; the new one was removed since then."""
        if not running and self._place.held(self._service):
            self._back.undo()
            for old in self._docker.inspect(*self._place.old(self._service)):
                if not self._bring_back(old):
                    self._place.forget_old(self._service)
                    break
        self._forget_plan()

    def _keep_plan(self) -> None:
        """What is cut off while requests are held is taken up by another process, see resume.py."""
        self._place.write(self._place.plan(self._service), json.dumps(asdict(self._request)).encode())

    def _forget_plan(self) -> None:
        if not self._place.held(self._service):
            self._place.plan(self._service).unlink(missing_ok=True)

    def _end(self, outcome: str, previous: str, began: float) -> None:
        """Write down how it ended. No room for that is no reason to fail."""
        try:
            if outcome == "ok":
                self._place.settle(self._service)
                self._place.forget_old(self._service)
                self._back.settle()
            self._forget_plan()
            self._before.compare()
            self._before.forget()
            took = int(self._clock.now() - began)
            history.record(
                self._place.root, self._request, outcome, previous, seconds=took, held=int(self._held),
                snapshot=self._before.made,
            )  # fmt: skip
        except (Failed, OSError) as error:
            self._tell(f"{self._service}: cannot be written down: {error}")

    def _by_order(self, others: Sequence[Container]) -> None:
        left = [each for each in self._docker.inspect(*self._place.old(self._service)) if each.id != self._new.id]
        if others and self._request.order == ROLLING:
            self._rolling(others)
        elif others or left or self._request.data:
            self._recreate(others, left)
        else:
            self._first()

    def _begin(self) -> str:
        """Start the new container and wait until it is ready; why it is not, or empty."""
        why = self._docker.start(self._new.id)
        return f"does not start: {why}" if why else self._watch.become_ready(self._new)

    def _first(self) -> None:
        self._tell(f"{self._service}: starting {self._new.name}")
        before = self._place.address(self._service)
        # Nothing serves: who comes now waits for it, instead of being sent to what is gone.
        self._point(NOWHERE)
        why = self._begin() or self._watch.stay_ready(self._new)
        if why:
            self._abandon(why)
            if before:
                self._point(before)
            self._go_back([], why)
        self._point(self._address(self._new))

    def _rolling(self, others: Sequence[Container]) -> None:
        self._tell(f"{self._service}: starting {self._new.name} beside the container that serves")
        why = self._begin() or self._watch.stay_ready(self._new)
        if why:
            then = self._keep(others)
            self._abandon(why)
            raise Failed(f"{self._service}: the new container {why}; {then}")
        self._point(self._address(self._new))
        for each in others:
            self._retire(each)

    def _keep(self, others: Sequence[Container]) -> str:
        """Point at an old container again, if a rollout that was cut off pointed at the new one; what holds then."""
        if self._place.address(self._service) in map(self._address, others):
            return "nothing has changed, the old container never stopped serving"
        self._point(self._address(others[0]))
        self._watch.drain(self._new)
        return "the old container serves again"

    def _recreate(self, others: Sequence[Container], left: Sequence[Container]) -> None:
        if others and not self._place.held(self._service):
            self._back.prepare()
            self._before.prepare()
        served = [each for each in others if self._address(each) == self._place.address(self._service)]
        # What a rollout that was cut off had started is nothing to go back to, as long as there is one that served.
        best = {each.id: each for each in [*served, *left, *others]}
        self._place.note_old(self._service, list(best))
        why = self._replace(others)
        if why:
            self._abandon(why)
            self._back.undo()
            self._go_back(list(best.values()), why)

    def _replace(self, others: Sequence[Container]) -> str:
        """Hold requests, stop the old containers, start the new one; why that failed, or empty."""
        if others:
            holding = "holding requests, then " if self._request.readiness else ""
            self._tell(f"{self._service}: {holding}stopping the old container")
        try:
            since = self._clock.now()
            self._point(NOWHERE)
            for each in others:
                self._retire(each)
            self._before.take(self._new)
            self._back.swap()
            self._tell(f"{self._service}: starting {self._new.name}")
            why = self._begin()
            if not why:
                # Most containers that die do it as soon as they are up: half a second more of waiting, and no visitor
                # has met them.
                self._clock.sleep(0.5)
                why = self._watch.still_ready(self._new)
            if why:
                return why
            # Requests wait no longer than for this; what follows is watched with requests coming in.
            self._point(self._address(self._new))
            self._held = self._clock.now() - since
            why = self._watch.stay_ready(self._new)
            if why:
                self._point(NOWHERE)
                self._watch.drain(self._new)
        except (Failed, OSError) as error:
            why = f"cannot be rolled out: {error}"
        return why

    def _retire(self, container: Container) -> None:
        self._watch.drain(container)
        self._docker.stop(container.id, self._request.stop)

    def _abandon(self, why: str) -> None:
        """Stop the new container and say why it failed, with its own last words. Failed if it cannot be stopped."""
        self._tell(f"{self._service}: the new container {why}. Its last lines:")
        said = lines(self._docker.logs(self._new.id, "--tail", str(LAST_LINES)))
        for line in said:
            self._tell(f"    | {line}")
        self._cut = self._watch.half_made("\n".join([why, *said]))
        try:
            self._docker.stop(self._new.id, self._request.stop)
        except DockerError as error:
            found = self._docker.find(self._new.id)
            if found and found.running:
                raise Failed(f"{self._service}: the new container {why}; it cannot be stopped: {error}") from None

    def _go_back(self, candidates: Sequence[Container], why: str) -> None:
        """Start the container that was stopped for the new one. Never returns: Failed says what became of it."""
        way_out = f"; {self._request.way_out}" if self._cut else ""
        if not candidates:
            raise Failed(f"{self._service}: the new container {why}; there was no old container to go back to{way_out}")
        then = ""
        for old in candidates:
            then = self._bring_back(old)
            if not then:
                self._place.forget_old(self._service)
                raise Failed(f"{self._service}: the new container {why}; the old container serves again")
        raise Failed(f"{self._service}: the new container {why}; the old container was started again and {then}")

    def _bring_back(self, old: Container) -> str:
        """Start a container that served, and let requests in; why it is not ready, or empty.

        What runs is pointed at, ready or not: requests that wait for a better one would wait for ever.
        """
        for other in self._docker.containers(self._request.stack, self._service):
            # Never two on the same data.
            if other.id != old.id:
                self._docker.stop(other.id, self._request.stop)
        why = self._docker.start(old.id)
        if why:
            return f"does not start: {why}"
        if self._request.readiness and not self._proxy_runs():
            self._point(self._address(old))
        why = self._watch.become_ready(old)
        found = self._docker.find(old.id)
        if found and (found.running or found.restarts):
            self._point(self._address(old))
        return why

    def _proxy_runs(self) -> bool:
        found = self._docker.find(PROXY)
        return found is not None and found.running
