"""Whose fault a body is that cannot be read: the visitor's, as a real Caddy on the loopback tells it."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.values.units import Duration
from tests.config.render.running import Running, running
from tests.config.stacks import HASH, topology

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = b"3\r\nabc\r\n0\r\n\r\n"
MALFORMED = {
    "no number": b"zz\r\nabc\r\n0\r\n\r\n",
    "a sign": b"-1\r\nabc\r\n0\r\n\r\n",
    "nothing": b"\r\n\r\n",
    "too large a number": b"fffffffffffffffff\r\nabc",
    "no end": b"3\r\nabcXX0\r\n\r\n",
    "the second": b"3\r\nabc\r\nzz\r\n",
    "bare line feeds": b"3\nabc\n0\n\n",
    "a long line": b"3;" + b"x" * 5000 + b"\r\nabc\r\n0\r\n\r\n",
}
WAYS = pytest.mark.parametrize(
    ("server", "host"), [("edge", "mkt.smarterbot.localhost"), ("network-3000", "smarteros-blogbowl")]
)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stack = topology("dev")
    held = tuple(replace(each, rollout=replace(each.rollout, hold=Duration(1000))) for each in stack.services)
    with running(replace(stack, services=held), tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found


def post(port: int, host: str, body: bytes) -> tuple[int, str]:
    """Status and head of the answer to that body, of which the sender says that it is chunked."""
    head = f"POST /x HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode() + body)
        answer = connection.recv(65536).decode()
    return int(answer.split()[1]), answer.partition("\r\n\r\n")[0]


@WAYS
def test_a_malformed_chunk_is_the_visitors_mistake(proxy: Running, server: str, host: str) -> None:
    found = {name: post(proxy.ports[server], host, body) for name, body in MALFORMED.items()}
    assert {name: status for name, (status, _) in found.items()} == dict.fromkeys(MALFORMED, 400)
    assert all("Connection: close" in head for _, head in found.values())


@WAYS
def test_a_good_one_is_forwarded(proxy: Running, server: str, host: str) -> None:
    assert post(proxy.ports[server], host, GOOD)[0] == 200


def test_a_service_that_is_away_is_still_the_services(proxy: Running) -> None:
    (proxy.folder / "releases" / "metabase").write_text("127.0.0.1:9")
    head = "GET / HTTP/1.1\r\nHost: kpi.smarterbot.localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", proxy.ports["edge"]), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).split()[1] == b"502"
