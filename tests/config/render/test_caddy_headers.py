"""What a stranger's headers come to at a service, through a real Caddy: by a site, a direct port and the network."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.topology.records import Record
from config.values.names import Hostname
from tests.config.render.running import Running, running
from tests.config.stacks import HASH, topology

if TYPE_CHECKING:
    from collections.abc import Iterator

MKT, DIRECT = "mkt.smarterbot.cl", 3002
CLOUDFLARE = "mkt2.smarterbot.cl"
LIE = "203.0.113.66"
BELIEVED = (
    "X-Real-Ip", "Forwarded", "X-Middleware-Subrequest", "X-Middleware-Subrequest-Id", "Remote-User", "Remote-Groups",
    "Remote-Email", "Remote-Addr", "X-Remote-User", "X-Remote-Addr", "X-Forwarded", "X-Forwarded-User",
    "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Uri",
    "X-Forwarded-Server", "X-Forwarded-Access-Token", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Original-Url",
    "X-Original-Method", "X-Original-Uri", "X-Rewrite-Url", "Proxy", "X-Client-Ip", "True-Client-Ip",
    "X-Cluster-Client-Ip", "Fastly-Client-Ip", "Wl-Proxy-Client-Ip", "X-Host", "X-Http-Host-Override",
    "X-Webauth-User", "X-Authentik-Username", "X-Matched-Path", "X-Invoke-Path", "X-Client-Cert",
    "X-Ssl-Client-Verify", "Ssl-Client-Cert", "Tailscale-User-Login", "X-Goog-Authenticated-User-Email",
    "X-Ms-Client-Principal", "X_Real_Ip", "Remote_User", "x-FORWARDED-user",
)  # fmt: skip
OWN = {
    "X-Middleware-Prefetch": "1", "X-Http-Method-Override": "PUT", "X-Hub-Signature-256": "sha256=1", "Next-Url": "/",
    "X-Api-Key": "k", "X-Requested-With": "XMLHttpRequest", "X-User": "me", "Authorization": "Bearer t", "Origin": "https://x",
}  # fmt: skip
"""What is a client's to say."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stack = topology("prod")
    services = tuple(
        replace(service, direct_port=DIRECT) if service.name == "smarteros-blogbowl" else service
        for service in stack.services
    )
    (site,) = (site for site in stack.sites if site.host == Hostname(MKT))
    sites = (*stack.sites, replace(site, host=Hostname(CLOUDFLARE)))
    record = Record(name=Hostname(CLOUDFLARE), type="A", content="198.51.100.7", proxied=True)
    made = replace(stack, services=services, sites=sites, records=(*stack.records, record))
    with running(made, tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found


WAYS = pytest.mark.parametrize(
    ("server", "host"),
    [("edge", MKT), (f"direct-{DIRECT}", "198.51.100.7:3002"), ("network-3000", "smarteros-blogbowl")],
    ids=["site", "direct", "network"],
)


def arrived(port: int, host: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers that the service gets, lower case."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/", headers={"Host": host, **headers})
        found = json.loads(connection.getresponse().read())["headers"]
    finally:
        connection.close()
    assert len(found) == len({name.lower() for name, _ in found})
    return {name.lower(): value for name, value in found}


@WAYS
def test_what_only_a_proxy_says_does_not_come_from_a_stranger(proxy: Running, server: str, host: str) -> None:
    found = arrived(proxy.ports[server], host, dict.fromkeys(BELIEVED, LIE))
    assert {name for name in BELIEVED if name.lower() in found} == set()
    assert LIE not in found.values()


@WAYS
def test_what_is_a_client_s_to_say_comes_as_it_was(proxy: Running, server: str, host: str) -> None:
    found = arrived(proxy.ports[server], host, OWN)
    assert {name: found.get(name.lower()) for name in OWN} == OWN


@WAYS
@pytest.mark.parametrize("hop", ["", "close, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host"])
def test_where_a_request_came_from_is_the_proxy_s_own_word(proxy: Running, server: str, host: str, hop: str) -> None:
    lies = dict.fromkeys(("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"), LIE)
    found = arrived(proxy.ports[server], host, lies | ({"Connection": hop} if hop else {}))
    own = {name: found.get(f"x-forwarded-{name}") for name in ("for", "host", "proto")}
    assert own == {"for": "127.0.0.1", "host": host, "proto": "http"}


def test_cloudflare_s_word_is_kept_only_where_it_stands_in_front(proxy: Running) -> None:
    given = {"Cf-Connecting-Ip": LIE, "Cf-Connecting-Ipv6": LIE, "Cf-Ipcountry": "CL"}
    assert "cf-connecting-ip" not in arrived(proxy.ports["edge"], MKT, given)
    assert arrived(proxy.ports["edge"], CLOUDFLARE, given)["cf-connecting-ip"] == LIE
    assert "cf-connecting-ip" not in arrived(proxy.ports["network-3000"], "smarteros-blogbowl", given)
