"""Constant load on one site: requests of every kind, and what became of each.

```python
load = Load("mkt.smarterbot.localhost")
load.start()  # returns when every client has had an answer
...           # a rollout
outcome = load.stop()
assert not outcome.failures
```
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.rig.project import HTTPS_PORT
from tests.rig.visitors.browser import insecure_context
from tests.rig.visitors.clients import Client, Lost, events, socket_echoes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

LIMIT_SECONDS = 60
"""A request without an answer for so long has failed."""
FIRST_ANSWER_SECONDS = 120


class Kind(StrEnum):
    """What a client does, over and over."""

    GET = "GET"
    """On a connection that is kept open."""
    NEW = "GET, new connection"
    POST = "POST"
    """32 KiB; the answer must hold their SHA-256."""
    SLOW = "1 s request"
    SSE = "SSE stream"
    """30 s each. Its latency is the longest silence; the stand-in says something each 200 ms."""
    WEBSOCKET = "WebSocket"
    """An echo each 200 ms, for as long as it stays open."""


EIGHT: Mapping[Kind, int] = {
    Kind.GET: 2, Kind.NEW: 1, Kind.POST: 2, Kind.SLOW: 1, Kind.SSE: 1, Kind.WEBSOCKET: 1,
}  # fmt: skip
"""Eight clients."""


@dataclass(frozen=True)
class Failure:
    """One request that did not get its answer."""

    at: float
    """Seconds since the start of the load."""
    kind: Kind
    what: str
    lasted: float
    """Seconds since it was sent; 0 if no connection was had to send it on."""


@dataclass(frozen=True)
class Ended:
    """A stream that the service said goodbye on, or closed in order, before its time."""

    at: float
    kind: Kind
    lasted: float


@dataclass
class Outcome:
    """What became of the load."""

    requests: Counter[Kind] = field(default_factory=Counter)
    """Answers; for streams, events and echoes."""
    failures: list[Failure] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    longest: dict[Kind, float] = field(default_factory=dict)
    """Seconds of the slowest answer."""
    retried: int = 0
    """GETs that had to be sent once more, on a new connection; see `tests.rig.visitors.clients`."""
    seconds: float = 0

    @property
    def total(self) -> int:
        """Every answer."""
        return self.requests.total()

    def summary(self) -> str:
        """One line per kind, for a failing test."""
        lines = [
            f"{kind}: {self.requests[kind]} answers, longest {self.longest.get(kind, 0):.2f} s, "
            f"{sum(failure.kind is kind for failure in self.failures)} failed"
            for kind in Kind
        ]
        return "\n".join([*lines, *map(str, self.failures[:10])])


class Load:
    """Clients of one site, in a thread of their own, until they are stopped."""

    def __init__(
        self, host: str, *, port: int = HTTPS_PORT, clients: Mapping[Kind, int] = EIGHT, pause: float = 0.05,
        stream_seconds: float = 30,
    ) -> None:  # fmt: skip
        self.host, self.port, self.pause, self.stream_seconds = host, port, pause, stream_seconds
        self._clients = [kind for kind, count in clients.items() for _ in range(count)]
        self._outcome = Outcome()
        self._context = insecure_context()
        self._started = time.monotonic()
        self._stopping = threading.Event()
        self._answered: set[int] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    def start(self) -> None:
        """Start, and return when every client has had its first answer."""
        self._started = time.monotonic()
        self._thread.start()
        while len(self._answered) < len(self._clients):
            if time.monotonic() > self._started + FIRST_ANSWER_SECONDS:
                raise TimeoutError("not every client got an answer\n" + self.stop().summary())
            time.sleep(0.05)

    def stop(self) -> Outcome:
        """Let requests under way end, break off streams, and tell what became of all."""
        self._stopping.set()
        self._thread.join(timeout=LIMIT_SECONDS + 10)
        self._outcome.seconds = time.monotonic() - self._started
        return self._outcome

    async def _all(self) -> None:
        tasks = [asyncio.create_task(self._client(number, kind)) for number, kind in enumerate(self._clients)]
        await asyncio.to_thread(self._stopping.wait)
        streams = [task for task, kind in zip(tasks, self._clients, strict=True) if kind in {Kind.SSE, Kind.WEBSOCKET}]
        for stream in streams:
            stream.cancel()
        await asyncio.wait(tasks, timeout=LIMIT_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Connections that were just closed end in the next turns of the loop.
        await asyncio.sleep(0.1)

    async def _client(self, number: int, kind: Kind) -> None:
        client = Client(self.host, self.port, self._context)
        try:
            for turn in itertools.count():
                if self._stopping.is_set():
                    break
                try:
                    await self._turn(client, kind, turn, lambda taken: self._answer(number, kind, taken))
                except Lost as lost:
                    lasted = 0 if client.sent is None else time.monotonic() - client.sent
                    self._outcome.failures.append(Failure(self._now(), kind, str(lost), lasted))
                    client.close()
                await asyncio.sleep(self.pause)
        finally:
            self._outcome.retried += client.retried
            client.close()

    async def _turn(self, client: Client, kind: Kind, turn: int, answer: Callable[[float], None]) -> None:
        """One request, or one stream from its opening to its end."""
        began = time.monotonic()
        if kind is Kind.SSE:
            lasted = await events(client, self.stream_seconds, answer)
            if lasted < self.stream_seconds - 1:
                self._outcome.ended.append(Ended(self._now(), kind, lasted))
            return
        if kind is Kind.WEBSOCKET:
            self._outcome.ended.append(Ended(self._now(), kind, await socket_echoes(client, answer)))
            return
        if kind is Kind.NEW:
            client.close()
        await _within(_one(client, kind, turn))
        answer(time.monotonic() - began)

    def _answer(self, number: int, kind: Kind, taken: float) -> None:
        self._answered.add(number)
        self._outcome.requests[kind] += 1
        self._outcome.longest[kind] = max(taken, self._outcome.longest.get(kind, 0))

    def _now(self) -> float:
        return time.monotonic() - self._started


async def _one(client: Client, kind: Kind, turn: int) -> None:
    if kind is Kind.POST:
        await client.post("/load", turn.to_bytes(4, "big") * 8192)
    else:
        await client.get("/slow?ms=1000" if kind is Kind.SLOW else "/load")


async def _within(request: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await request
    except TimeoutError:
        raise Lost(f"no answer within {LIMIT_SECONDS} s") from None
