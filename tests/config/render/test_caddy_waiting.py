"""Those who wait for one service are counted, and take nothing from the others' visitors: as a real Caddy does it."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from typing import TYPE_CHECKING

from config.catalog.services import PROXY
from config.render.caddy_handlers import NOWHERE
from tests.config.render.running import Running, running
from tests.config.stacks import HASH, topology

if TYPE_CHECKING:
    from pathlib import Path

HELD, OTHER = "mkt.smarterbot.cl", "api.smarterbot.cl"
CROWD = 2000
AT_LAST = 60
"""Seconds that a rollout may hold a request, and that a busy machine has for the crowd."""
ASKED = 40
"""Requests to the other site meanwhile."""
SLOWEST = 1.0
"""Seconds."""


async def ask(port: int, host: str) -> int:
    """The status of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET /webhook/x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()


async def crowd(proxy: Running) -> tuple[Counter[int], list[float]]:
    """What a crowd at one site is answered, and how long the other site takes while those who may wait do."""
    release = proxy.folder / "releases" / "smarteros-blogbowl"
    served = release.read_text()
    release.write_text(NOWHERE)
    waiting = [asyncio.create_task(ask(proxy.ports["edge"], HELD)) for _ in range(CROWD)]
    answers = asyncio.as_completed(waiting, timeout=AT_LAST)
    refused = [await next(answers) for _ in range(CROWD - PROXY.most_waiting)]
    assert set(refused) == {503}
    seconds = []
    for _ in range(ASKED):
        began = time.monotonic()
        assert await ask(proxy.ports["edge"], OTHER) == 200
        seconds.append(time.monotonic() - began)
    release.write_text(served)
    return Counter(await asyncio.gather(*waiting)), seconds


def test_a_crowd_that_waits_for_one_service_slows_no_other(tmp_path: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    made = topology("prod", {"services/smarteros-blogbowl/rollout": {"hold": f"{AT_LAST}s"}})
    with running(made, tmp_path, logins=HASH) as proxy:
        answered, seconds = asyncio.run(crowd(proxy))
    assert answered == {503: CROWD - PROXY.most_waiting, 200: PROXY.most_waiting}
    assert max(seconds) < SLOWEST
