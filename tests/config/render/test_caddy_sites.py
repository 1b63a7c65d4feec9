"""A site with two services, a service with two sites, and a site's own headers, as a real Caddy answers for them."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from config.render import caddy_sites
from config.render.caddy import render
from tests.config.render.running import running
from tests.config.stacks import HASH, Patch, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

PATCH: Patch = {
    "sites/0/paths": {"/api": "nexa-runtime", "/api/v2": "metabase"},
    "sites/0/basic-auth": ["ops"],
    "sites/0/headers": {"X-Robots-Tag": "noindex", "X-Frame-Options": "DENY"},
    "sites/5": {"host": "blog.smarterbot.cl", "service": "smarteros-blogbowl"},
}
MKT, BLOG = "mkt.smarterbot.cl", "blog.smarterbot.cl"
OPS = "Basic b3BzOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ=="


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the proxy's sites. Each service answers alike but for nexa-runtime, which is only planned."""
    with running(topology("prod", PATCH), tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found.ports["edge"]


def ask(port: int, host: str, path: str, **headers: str) -> tuple[int, Message, str]:
    """Status, headers, body."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        client.request("GET", path, headers={"Host": host, **headers})
        answer = client.getresponse()
        return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api", 503), ("/api/", 503), ("/api/x?y=1", 503), ("/API/x", 503), ("/%61pi/x", 503),
        ("/", 200), ("/apis", 200), ("/x/api", 200), ("/api/v2", 200), ("/api/v2/x?y=%2F", 200), ("/api/v22", 503),
    ],
)  # fmt: skip
def test_a_path_is_answered_by_its_service_the_longest_first(edge: int, path: str, status: int) -> None:
    found, _, body = ask(edge, MKT, path, Authorization=OPS)
    assert found == status
    if status == 200:
        assert json.loads(body)["path"] == path


@pytest.mark.parametrize("path", ["/", "/api", "/api/v2/x", "/api/../api/v2", "/api%2fv2"])
def test_each_path_asks_for_what_the_site_asks(edge: int, path: str) -> None:
    assert ask(edge, MKT, path)[0] == 401


@pytest.mark.parametrize("path", ["/metrics", "/models", "/api/v2/../../models"])
def test_what_is_for_no_visitor_of_one_of_them_is_for_none_of_the_site(edge: int, path: str) -> None:
    assert ask(edge, MKT, path, Authorization=OPS)[0] == 404


def test_a_sites_headers_are_in_what_its_services_answer_and_in_no_other_sites(edge: int) -> None:
    for path in ("/", "/api", "/api/v2"):
        _, headers, _ = ask(edge, MKT, path, Authorization=OPS)
        assert (headers["X-Robots-Tag"], headers.get_all("X-Frame-Options")) == ("noindex", ["DENY"])
    _, headers, _ = ask(edge, BLOG, "/")
    assert (headers["X-Robots-Tag"], headers["X-Frame-Options"]) == (None, "SAMEORIGIN")


def test_a_service_may_have_two_sites_each_with_rules_of_its_own(edge: int) -> None:
    assert ask(edge, BLOG, "/api/x")[0] == 200
    assert ask(edge, MKT, "/")[0] == 401


def test_a_plan_says_which_service_answers_which_path() -> None:
    assert caddy_sites.sites(render(topology("prod", PATCH)))[MKT].split(", ") == [
        "smarteros-blogbowl", "/api → nexa-runtime", "only planned: it answers 503", "/api/v2 → metabase",
        "with a password (ops)",
    ]  # fmt: skip
