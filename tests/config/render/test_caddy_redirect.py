"""A host that leads to another site's, as a real Caddy answers for it."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from config.values.names import Hostname
from tests.config.render.running import running
from tests.config.stacks import HASH, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

WWW = {"host": "www.smarterbot.cl", "redirect-to": "mkt.smarterbot.cl"}


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the proxy's sites."""
    with running(topology("prod", {"sites/5": WWW}), tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found.ports["edge"]


def ask(port: int, method: str, target: str) -> tuple[int, Message]:
    """Status and headers."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        client.request(method, target, headers={"Host": "www.smarterbot.cl"})
        answer = client.getresponse()
        answer.read()
        return answer.status, answer.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("target", ["/", "/a/b?c=d&e=%2F", "//evil.example/x", "/../y"])
def test_path_query_and_method_are_kept(edge: int, method: str, target: str) -> None:
    status, headers = ask(edge, method, target)
    assert status == 308
    assert headers["Location"] == f"https://mkt.smarterbot.cl{target}"


def test_a_browser_forgets_it_within_the_hour_in_case_it_was_a_mistake(edge: int) -> None:
    _, headers = ask(edge, "GET", "/")
    assert headers["Cache-Control"] == "max-age=3600"


def test_it_has_a_record_and_a_certificate_of_its_own() -> None:
    made = topology("prod", {"sites/5": WWW})
    assert made.records[-1].name == made.sites[-1].host == Hostname("www.smarterbot.cl")


def test_it_leads_to_the_port_of_the_stack() -> None:
    made = topology("dev", {"sites/5": {"host": "www.localhost", "redirect-to": "mkt.smarterbot.localhost"}})
    assert made.sites[-1].redirect_to == "https://mkt.smarterbot.localhost:8443"
    assert made.sites[-1].service == "smarteros-blogbowl"
