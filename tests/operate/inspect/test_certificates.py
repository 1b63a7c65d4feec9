"""What an authority's error means for the operator."""

from __future__ import annotations

import pytest

from operate.inspect.certificates import explained
from tests.config.stacks import topology

HOST = "mkt.smarterbot.cl"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "HTTP 400 urn:ietf:params:acme:error:dns - DNS problem: NXDOMAIN looking up A",
            f"make a record {HOST} A",
        ),
        ('HTTP 400 urn:ietf:params:acme:error:malformed - Could not resolve URL "x"', f"make a record {HOST} A"),
        ("HTTP 400 urn:ietf:params:acme:error:connection - Timeout during connect", "open ports 80 and 443"),
        ("HTTP 429 urn:ietf:params:acme:error:rateLimited - too many certificates", "tried again by itself"),
        ("something new\nwith details", "something new"),
    ],
)
def test_it_is_explained(error: str, said: str) -> None:
    shown = explained(error, topology("prod"), HOST)
    assert said in shown
    assert "\n" not in shown
