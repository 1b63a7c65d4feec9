"""What the proxy adds to an answer, what it lets through at once, and what it says while a service is away."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.rig.visitors.browser import answers, https, lines
from tests.rig.visitors.websocket import WebSocket
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd

pytestmark = pytest.mark.usefixtures("standing")

MKT, API, KPI = (f"{name}.smarterbot.localhost" for name in ("mkt", "api", "kpi"))


def test_every_answer_carries_the_security_headers() -> None:
    headers = https(MKT).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "server" not in headers
    # A browser would keep refusing the host name after the machine's own CA is gone.
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_page_is_compressed_for_who_asks_for_it(encoding: str) -> None:
    assert https(MKT, headers={"Accept-Encoding": encoding}).headers["content-encoding"] == encoding
    assert "content-encoding" not in https(MKT).headers


def test_a_websocket_goes_through() -> None:
    with WebSocket(API) as socket:
        assert socket.status == 101
        assert socket.receive().startswith("n8n ")
        socket.send("hello")
        assert socket.receive() == "hello"


def test_events_arrive_one_by_one_and_not_at_the_end() -> None:
    events = (line for line in lines(API, "/sse?seconds=2") if line.startswith(b"id:"))
    arrivals = [time.monotonic() for _ in events]
    assert len(arrivals) >= 5
    assert arrivals[-1] - arrivals[0] > 1


@pytest.fixture
def stopped_metabase(dockerd: Dockerd) -> Iterator[None]:
    copy = dockerd.copy("metabase")
    dockerd.docker("stop", copy)
    yield
    dockerd.docker("start", copy)
    until(lambda: answers(KPI), "metabase answers again")


@pytest.mark.usefixtures("stopped_metabase")
def test_a_stopped_service_gives_a_page_that_says_when_to_try_again() -> None:
    answer = https(KPI)
    assert answer.status in {502, 503, 504}
    assert answer.headers["retry-after"] == "10"
    assert answer.headers["cache-control"] == "no-store"
    assert "We will be right back" in answer.body


@pytest.mark.usefixtures("stopped_metabase")
def test_a_stopped_service_does_not_touch_the_others() -> None:
    assert https(API).status == 200
    assert https(MKT).status == 200


SECRETS = {
    "Cookie": "session=cookie-value-4711",
    "Authorization": "Bearer bearer-value-4711",
    "X-Api-Key": "key-value-4711",
    "X-N8n-Api-Key": "n8n-key-value-4711",
    "X-Metabase-Session": "metabase-value-4711",
}


def test_the_access_log_is_json_and_keeps_no_secret(dockerd: Dockerd) -> None:
    path = "/log-me?token=token-value-4711&api_key=query-value-4711&page=7"
    assert https(API, path, headers=SECRETS).status == 200

    def logged() -> list[dict[str, object]]:
        lines = dockerd.docker("logs", "caddy-proxy").stdout.splitlines()
        return [entry for entry in map(json.loads, lines) if "/log-me" in entry["request"]["uri"]]

    (entry,) = until(logged, "the request is in the access log")
    text = json.dumps(entry)
    assert '"/log-me?*"' in text
    assert API in text
    everything = dockerd.docker("logs", "caddy-proxy")
    assert "value-4711" not in everything.stdout + everything.stderr
