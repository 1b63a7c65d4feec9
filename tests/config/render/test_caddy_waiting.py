"""Those who wait for one service are counted, and take nothing from the others' visitors: as a real Caddy does it."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from typing import TYPE_CHECKING

from config.catalog.services import PROXY
from config.render.caddy_handlers import NOWHERE
from tests.config.render.running import running
from tests.config.stacks import HASH, topology

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HELD, OTHER = "mkt.smarterbot.cl", "api.smarterbot.cl"
CROWD = 4000
HOLD = 8
"""Seconds that a rollout may hold a request."""
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


async def crowd(port: int) -> tuple[Counter[int], list[float], int]:
    """What a crowd at one site is answered, how long the other site takes, and how many of it wait."""
    waiting = [asyncio.create_task(ask(port, HELD)) for _ in range(CROWD)]
    await asyncio.wait(waiting, timeout=3)
    seconds = []
    for _ in range(ASKED):
        began = time.monotonic()
        assert await ask(port, OTHER) == 200
        seconds.append(time.monotonic() - began)
    wait = sum(not task.done() for task in waiting)
    return Counter(await asyncio.gather(*waiting)), seconds, wait


def test_a_crowd_that_waits_for_one_service_slows_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    made = topology("prod", {"services/smarteros-blogbowl/rollout": {"hold": f"{HOLD}s"}})
    with running(made, tmp_path, logins=HASH) as proxy:
        (tmp_path / "releases" / "smarteros-blogbowl").write_text(NOWHERE)
        answered, seconds, wait = asyncio.run(crowd(proxy.ports["edge"]))
    with capsys.disabled():
        print(f"\n{wait} of {CROWD} wait; the other site: slowest {max(seconds):.3f} s")
    assert wait == PROXY.most_waiting
    assert answered == {503: CROWD}
    assert max(seconds) < SLOWEST
