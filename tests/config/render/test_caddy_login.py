"""How a visitor is asked for name and password, through the rendered config in a real Caddy."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
from typing import TYPE_CHECKING

import pytest

from config.render.caddy_login import handlers, servers
from config.topology.model import Login
from tests.config.render.running import Running, running
from tests.config.render.test_caddy_access import basic
from tests.config.stacks import HASH, PASSWORD, topology

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "api.smarterbot.cl"
NAMES = ("ops", "a", "an", "ana-maria", "x" * 31, "0", "op", "z9-")
OTHERS = ("", "opt", "opss", "o", "Ops", "OPS", "b", "ops ", " ops", "ana", "zz-", "ops\n")
ASKED = 'Basic realm="restricted"'


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(topology("prod"), tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found


def ask(
    proxy: Running, headers: dict[str, str], method: str = "GET", body: bytes | None = None
) -> tuple[int, str, str]:
    """Status, `WWW-Authenticate` and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.ports["edge"], timeout=60)
    try:
        connection.request(method, "/rest/x?y=1", body, {"Host": HOST, **headers})
        answer = connection.getresponse()
        return answer.status, answer.getheader("WWW-Authenticate", ""), answer.read().decode()
    finally:
        connection.close()


def pattern(*names: str) -> re.Pattern[str]:
    made = tuple(Login(name=name, secret="", fingerprint="") for name in names)
    (subroute,) = handlers(made)
    (known,) = subroute["routes"][0]["match"][0]["not"]
    (given,) = known["vars_regexp"].values()
    return re.compile(given["pattern"])


@pytest.mark.parametrize(
    "given",
    [
        "", basic("ops", "wrong"), basic("ops", ""), basic("eve", PASSWORD), basic("", PASSWORD),
        basic("OPS", PASSWORD), "Bearer x", "Basic", "Basic ", "Basic !!!", "Basic b3Bz", "Basic b3BzOg==",
        basic("ops", PASSWORD) + "x", basic("ops", PASSWORD) + ", " + basic("ops", PASSWORD),
        "Basic  " + basic("ops", PASSWORD).split()[1],
    ],
)  # fmt: skip
def test_who_does_not_know_it_is_asked_again_by_a_page(proxy: Running, given: str) -> None:
    status, header, page = ask(proxy, {"Authorization": given} if given else {})
    assert (status, header) == (401, ASKED)
    assert "Name and password, please" in page


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_knows_it_is_let_in_with_the_request_as_it_was(proxy: Running, scheme: str, method: str) -> None:
    given = {"Authorization": basic("ops", PASSWORD).replace("Basic", scheme), "Cookie": "a=b"}
    status, header, said = ask(proxy, given, method, b"x" * 100_000 if method == "POST" else None)
    assert (status, header) == (200, "")
    got = json.loads(said)
    headers = {name.lower(): value for name, value in got["headers"]}
    assert (got["method"], got["path"], headers["cookie"]) == (method, "/rest/x?y=1", "a=b")
    assert "authorization" not in headers
    assert headers.get("content-length", "0") == ("100000" if method == "POST" else "0")


def test_a_websocket_is_let_in_as_one(proxy: Running) -> None:
    given = {
        "Authorization": basic("ops", PASSWORD), "Connection": "Upgrade", "Upgrade": "websocket",
        "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13",
    }  # fmt: skip
    status, _, said = ask(proxy, given)
    headers = {name.lower(): value for name, value in json.loads(said)["headers"]}
    assert (status, headers["upgrade"], headers["connection"]) == (200, "websocket", "Upgrade")


def test_a_second_authorization_does_not_stand_in_for_the_first(proxy: Running) -> None:
    """Caddy compares the first one; the one with a known name must not open the way for it."""
    lines = ["GET / HTTP/1.1", f"Host: {HOST}", f"Authorization: {basic('eve', 'x')}"]
    lines += [f"Authorization: {basic('ops', PASSWORD)}", "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", proxy.ports["edge"]), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        assert connection.recv(65536).split()[1] == b"401"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_known_by_its_looks_whatever_the_password(name: str) -> None:
    passwords = ("", "x", "ü", "a:b", PASSWORD, *("p" * length for length in range(1, 8)))
    assert all(pattern(name).search(basic(name, each)) for each in passwords)
    assert all(pattern("first", name).search(basic(name, each)) for each in passwords)
    others = (*(set(NAMES) - {name}), *OTHERS, name + "x", name[:-1])
    assert not [other for other in others for each in passwords if pattern(name).search(basic(other, each))]


def test_no_other_text_looks_like_a_name() -> None:
    """Each of base64's characters in each place of what stands for `ops:` and one letter more."""
    known, right = pattern("ops"), base64.b64encode(b"ops:xx").decode()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for place in range(8):
        for letter in alphabet:
            text = right[:place] + letter + right[place + 1 :]
            assert bool(known.search(f"Basic {text}")) is base64.b64decode(text).startswith(b"ops:"), text


def test_passwords_are_compared_one_at_a_time_and_not_on_the_network() -> None:
    logins = (Login(name="ops", secret="", fingerprint="1"), Login(name="ana", secret="", fingerprint="2"))
    ((name, server),) = servers([logins, (), logins]).items()
    assert server["listen"] == [f"unix//run/caddy/{name}.sock|0600"]
    assert servers([()]) == {}
    text = json.dumps(handlers(logins))
    assert '"max_requests": 1' in text
    assert f"unix//run/caddy/{name}.sock" in text
