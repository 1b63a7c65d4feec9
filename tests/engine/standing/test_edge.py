"""What a visitor meets: names, TLS, redirects, and nothing for those who ask for what is not there."""

from __future__ import annotations

import http.client
import json
import ssl
import warnings

import pytest

from tests.rig.project import HTTPS_PORT
from tests.rig.visitors.browser import http_, https, insecure_context

pytestmark = pytest.mark.usefixtures("standing")


SITES = {
    "mkt.smarterbot.localhost": "smarteros-blogbowl",
    "api.smarterbot.localhost": "n8n",
    "kpi.smarterbot.localhost": "metabase",
    "ai.smarterbot.localhost": "nexa-runtime",
    "dash.smarterbot.localhost": "dokploy",
}
MKT = "mkt.smarterbot.localhost"


@pytest.mark.parametrize(("host", "service"), SITES.items())
def test_every_site_answers_with_its_service(host: str, service: str) -> None:
    answer = https(host, "/", headers={"Accept": "application/json"})
    assert answer.status == 200
    seen = json.loads(answer.body)
    assert seen["service"] == service
    assert seen["headers"]["X-Forwarded-Proto"] == "https"
    assert seen["headers"]["X-Forwarded-Host"] == f"{host}:{HTTPS_PORT}"


def offer(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks this version and no other, down to ciphers that no server should accept any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = insecure_context(version, version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=str)
def test_outdated_tls_is_refused(version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError) as refusal:
        https(MKT, context=offer(version))
    # The server's own word; a client that could not even ask would fail otherwise.
    assert "ALERT_PROTOCOL_VERSION" in str(refusal.value).upper().replace(" ", "_")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=str)
def test_current_tls_is_accepted(version: ssl.TLSVersion) -> None:
    assert https(MKT, context=insecure_context(version, version)).status == 200


def test_plain_http_is_sent_to_the_published_https_port() -> None:
    answer = http_(MKT, "/pricing?plan=pro&x=1")
    assert answer.status == 308
    assert answer.headers["location"] == f"https://{MKT}:{HTTPS_PORT}/pricing?plan=pro&x=1"


def test_an_unknown_host_gets_no_answer_over_http() -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        http_("another.site.example")


def test_an_unknown_host_gets_no_certificate() -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert"):
        https("another.site.example")


def test_an_unknown_host_behind_a_known_certificate_gets_no_answer() -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        https(MKT, host_header="another.site.example")


def test_the_direct_port_of_mkt_leads_to_it_past_the_sites() -> None:
    answer = http_("localhost", "/headers", port=3002)
    assert answer.status == 200
    assert json.loads(answer.body)["service"] == "smarteros-blogbowl"
