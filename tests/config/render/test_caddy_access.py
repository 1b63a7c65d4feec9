"""What a site lets in, as a real Caddy on the loopback does it; and what of the stack file gets there."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.render import caddy_login
from config.render.caddy import render
from config.render.caddy_access import handlers
from config.render.caddy_handlers import CONFIG_DIRECTORY
from config.topology.model import Login, Protection
from config.topology.pages import PagesSpec
from config.values.units import Memory
from tests.config.render.test_caddy import CADDY
from tests.config.stacks import HASH, PASSWORD, topology
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ECHO = "{http.request.body}{http.request.header.Authorization}"
HERE = "127.0.0.0/8"
ELSEWHERE = "203.0.113.5"


PLAIN = Protection(private_paths=("/metrics",), public_paths=("/webhook",), allow_from=(), logins=(), max_body=None)
OPS = Login(name="ops", secret="basic-auth-ops", fingerprint="abcd")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def site(given: Protection, folder: Path, *, echo: str = ECHO, service_port: int | None = None) -> Iterator[int]:
    """A Caddy with that protection before a service: one at that port, or one that answers 200 and `echo` to all.

    Yields its port.
    """
    front, back = free_port(), free_port()
    forward = {"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{service_port or back}"}]}
    service = {"handler": "static_response", "status_code": 200, "body": echo}
    servers = {
        "front": {"listen": [f"127.0.0.1:{front}"], "routes": [{"handle": [*handlers(given, PagesSpec()), forward]}]},
        "back": {"listen": [f"127.0.0.1:{back}"], "routes": [{"handle": [service]}]},
        **caddy_login.servers([given.logins]),
    }
    path = folder / "caddy.json"
    config = json.dumps({"admin": {"disabled": True}, "apps": {"http": {"servers": servers}}})
    path.write_text(config.replace(CONFIG_DIRECTORY, str(folder)).replace("/run/caddy", str(folder)))
    (folder / "logins").mkdir()
    (folder / "logins" / OPS.file).write_text(HASH)
    caddy = subprocess.Popen([str(CADDY), "run", "--config", str(path)], stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(front) and listens(back), "Caddy listens")
        yield front
    finally:
        caddy.terminate()
        caddy.wait(timeout=60)


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def ask(port: int, path: str, body: bytes | None = None, authorization: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Authorization": authorization} if authorization else {}
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_nobody_gets_a_private_path_and_everybody_the_others(tmp_path: Path) -> None:
    with site(PLAIN, tmp_path) as port:
        paths = ("/metrics", "/METRICS", "/metrics/all", "//metrics", "/", "/m")
        answers = {path: ask(port, path)[0] for path in paths}
    assert answers == {"/metrics": 404, "/METRICS": 404, "/metrics/all": 404, "//metrics": 404, "/": 200, "/m": 200}


def test_a_stranger_gets_only_the_public_paths_and_is_told_his_address(tmp_path: Path) -> None:
    with site(replace(PLAIN, allow_from=(ELSEWHERE, "2001:db8::/64")), tmp_path) as port:
        answers = {path: ask(port, path)[0] for path in ("/", "/webhook/a", "/webhooks", "/rest/login", "/metrics")}
        page = ask(port, "/")[1]
        trick = ask(port, "/webhook/../rest/login")[0]
    assert answers == {"/": 403, "/webhook/a": 200, "/webhooks": 403, "/rest/login": 403, "/metrics": 404}
    assert "127.0.0.1" in page
    assert trick == 403


def test_who_is_named_is_let_in(tmp_path: Path) -> None:
    with site(replace(PLAIN, allow_from=(ELSEWHERE, HERE)), tmp_path) as port:
        assert ask(port, "/")[0] == 200


def test_a_visitor_without_the_password_gets_only_the_public_paths(tmp_path: Path) -> None:
    wrong = (
        "",
        basic("ops", "wrong"),
        basic("ops", ""),
        basic("ops", HASH),
        basic("", PASSWORD),
        basic("eve", PASSWORD),
    )
    with site(replace(PLAIN, logins=(OPS,)), tmp_path) as port:
        assert {ask(port, "/", authorization=given)[0] for given in wrong} == {401}
        assert ask(port, "/metrics", authorization=basic("ops", PASSWORD))[0] == 404
        paths = ("/webhook/a", "/webhooks", "/webhook/../rest/login", "//rest/login")
        assert [ask(port, path)[0] for path in paths] == [200, 401, 401, 401]


def test_the_password_opens_the_site_and_the_service_never_sees_it(tmp_path: Path) -> None:
    with site(replace(PLAIN, logins=(OPS,)), tmp_path) as port:
        assert ask(port, "/", authorization=basic("ops", PASSWORD)) == (200, "")
        # On a public path it is the caller's word to the service.
        assert ask(port, "/webhook/a", authorization="Bearer its-own") == (200, "Bearer its-own")


def test_with_a_list_and_a_password_both_are_asked_for(tmp_path: Path) -> None:
    with site(replace(PLAIN, logins=(OPS,), allow_from=(ELSEWHERE,)), tmp_path) as port:
        assert ask(port, "/", authorization=basic("ops", PASSWORD))[0] == 403


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    limit = Memory(1)
    with site(replace(PLAIN, max_body=limit), tmp_path) as port:
        assert ask(port, "/", b"x" * limit.bytes)[0] == 200
        assert ask(port, "/", b"x" * (limit.bytes + 1))[0] == 413


def test_without_any_rule_there_is_no_handler() -> None:
    assert handlers(replace(PLAIN, private_paths=()), PagesSpec()) == []


@pytest.mark.parametrize("stack", ["prod", "dev"])
def test_it_stands_before_the_service_of_its_own_site_only(stack: str) -> None:
    made = topology(stack, {"sites/1/allow-from": [ELSEWHERE], "sites/1/max-body": "64MiB"})
    routes = json.loads(render(made))["apps"]["http"]["servers"]["edge"]["routes"][3:-1]
    found = {route["match"][0]["host"][0]: json.dumps(route["handle"][-2]) for route in routes}
    n8n = found.pop(str(made.sites[1].host))
    assert ELSEWHERE in n8n
    assert str(64 * 1024 * 1024) in n8n
    assert "(?:webhook|webhook-test|" in n8n
    assert all("/metrics/*" in other and ELSEWHERE not in other for other in found.values())
