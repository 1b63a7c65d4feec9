"""Who waits for a service that no container answers for, and who gets a page: as a real Caddy does it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from config.render.caddy_handlers import NOWHERE, PATIENCE
from tests.config.render.running import Running, running
from tests.config.render.test_caddy_access import free_port
from tests.config.stacks import HASH, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "mkt.smarterbot.cl"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "*/*"}
HOLD = 6
"""Seconds that a rollout may hold a request."""
AT_ONCE = PATIENCE.milliseconds / 1000 + 1.5
"""Seconds; a dial takes its time."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A proxy whose services answer."""
    made = topology("prod", {"services/smarteros-blogbowl/rollout": {"hold": f"{HOLD}s"}})
    with running(made, tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found


@pytest.fixture
def release(proxy: Running) -> Iterator[Path]:
    """The file with the service's address, which is the right one again afterwards."""
    path = proxy.folder / "releases" / "smarteros-blogbowl"
    served = path.read_text()
    yield path
    path.write_text(served)


def ask(proxy: Running, method: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, float, str]:
    """Status, seconds, body."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", proxy.ports["edge"], timeout=60)) as client:
        client.request(method, "/x", body, headers={"Host": HOST, **headers})
        answer = client.getresponse()
        return answer.status, time.monotonic() - began, answer.read().decode()


def test_a_visitor_gets_a_page_at_once_while_nothing_is_rolled_out(proxy: Running, release: Path) -> None:
    release.write_text(f"127.0.0.1:{free_port()}")
    status, seconds, page = ask(proxy, "GET", BROWSER)
    assert status in {502, 503}
    assert seconds < AT_ONCE
    assert "We will be right back" in page


@pytest.mark.parametrize(("method", "headers"), [("GET", PROGRAM), ("POST", PROGRAM), ("POST", BROWSER)])
def test_a_program_waits_as_long_as_ever(proxy: Running, release: Path, method: str, headers: dict[str, str]) -> None:
    release.write_text(f"127.0.0.1:{free_port()}")
    status, seconds, _ = ask(proxy, method, headers)
    assert status in {502, 503}
    assert HOLD - 0.5 < seconds < HOLD + 2


@pytest.mark.parametrize(
    ("method", "headers", "body"), [("GET", BROWSER, None), ("POST", PROGRAM, b"x" * 300_000), ("GET", PROGRAM, None)]
)
def test_each_request_waits_for_a_rollout_and_arrives_whole(
    proxy: Running, release: Path, method: str, headers: dict[str, str], body: bytes | None
) -> None:
    served = release.read_text()
    release.write_text(NOWHERE)
    ready = threading.Timer(PATIENCE.milliseconds / 1000 + 1, lambda: release.write_text(served))
    ready.start()
    status, seconds, got = ask(proxy, method, headers, body)
    ready.join()
    assert status == 200
    assert seconds > PATIENCE.milliseconds / 1000
    said = json.loads(got)
    assert said["method"] == method
    assert dict(said["headers"]).get("Content-Length", "0") == str(len(body or b""))


def test_a_rollout_that_takes_too_long_gives_a_page(proxy: Running, release: Path) -> None:
    release.write_text(NOWHERE)
    status, seconds, page = ask(proxy, "GET", BROWSER)
    assert status in {502, 503}
    assert HOLD - 0.5 < seconds < HOLD + 2
    assert "We will be right back" in page
