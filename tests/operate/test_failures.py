"""What Cloudflare says of a record, as an operator reads it."""

from __future__ import annotations

from typing import Any

import pytest

from operate.failures import failures
from tests.config.stacks import topology

URN = "urn:pulumi:prod::smarter-net::x$cloudflare:index/dnsRecord:DnsRecord::mkt.smarterbot.cl-A"


def failed(message: str) -> list[str]:
    event: dict[str, Any] = {"diagnosticEvent": {"severity": "error", "urn": URN, "message": message}}
    return failures([event], topology("prod"))


@pytest.mark.parametrize(
    ("message", "problem", "cure"),
    [
        (
            "Cloudflare: An identical record already exists. (code 81058), status 400",
            "mkt.smarterbot.cl: there is such a record at Cloudflare already",
            "add the name to dns.adopt to take it over, or remove that record there",
        ),
        (
            'failed to make http request: 403 Forbidden {"errors":[{"code":10000,"message":"Authentication error"}]}',
            "secret:cloudflare-api-token: Cloudflare refuses it for mkt.smarterbot.cl",
            "make one that may edit the zone's DNS",
        ),
        *(
            (
                f"gave up after 6 tries: Cloudflare: {said}, status {status}",
                f"mkt.smarterbot.cl: gave up after 6 tries: Cloudflare: {said}, status {status}",
                "what serves is as it was, run the same command again in a few minutes",
            )
            for said, status in (("Please wait (code 971)", 429), ("Internal Server Error (code 1000)", 500))
        ),
    ],
)
def test_a_refused_record_is_one_line_with_its_cure(message: str, problem: str, cure: str) -> None:
    assert failed(message) == [f"{problem}; {cure}"]


def test_what_there_is_no_cure_for_is_said_in_cloudflares_words() -> None:
    said = "Cloudflare: DNS name is invalid (code 9000), status 400"
    assert failed(said) == [f"mkt.smarterbot.cl: {said}"]
