"""What `make drift` and `make up` make of records that were changed at Cloudflare by hand."""

from __future__ import annotations

from unittest import mock

import pytest

from clients.cloudflare import Unavailable
from config.topology.records import Found, Zone
from operate.engine.state import Resource
from operate.inspect import dns_records

TOKEN = "0123456789_abcdefghij-0123456789ABCDEFGHIJ"
MKT = "record mkt.smarterbot.cl A"


def recorded(zone: str = "z", **inputs: object) -> Resource:
    wanted = {"zoneId": zone, "name": "mkt.smarterbot.cl", "type": "A", "content": "192.0.2.10", "proxied": False}
    return Resource("urn:pulumi:prod::smarter-net::x::mkt.smarterbot.cl-A", "x", "r1", inputs=wanted | inputs)


def changed(resources: list[Resource], *found: Found) -> list[str]:
    with mock.patch.object(dns_records, "look", return_value=Zone(name="smarterbot.cl", records=found)):
        return [reason.offered() for reason in dns_records.changed(resources, TOKEN)]


def standing(id_: str = "r1", content: str = "192.0.2.10", *, proxied: bool = False) -> Found:
    return Found(id=id_, name="mkt.smarterbot.cl", type="A", content=content, comment=None, proxied=proxied)


def test_a_record_as_it_was_left_is_no_difference() -> None:
    assert changed([recorded()], standing(), standing("r2", "198.51.100.9", proxied=True)) == []


@pytest.mark.parametrize(
    ("proxied", "found", "said"),
    [
        (False, standing("r2"), "missing at Cloudflare; would be recreated"),
        (
            False,
            standing(content="198.51.100.9"),
            "is 198.51.100.9 at Cloudflare instead of 192.0.2.10; would be put right",
        ),
        (False, standing(proxied=True), "is proxied at Cloudflare, and should not be; would be put right"),
        (True, standing(), "is not proxied any more, and should be; would be put right"),
    ],
)
def test_each_difference_is_one_line(found: Found, said: str, *, proxied: bool) -> None:
    assert changed([recorded(proxied=proxied)], found) == [f"{MKT}: {said}"]


def test_an_api_that_does_not_answer_makes_no_record_a_missing_one() -> None:
    with mock.patch.object(dns_records, "look", side_effect=Unavailable("no answer")) as look:
        assert dns_records.changed([recorded("z1"), recorded("z2")], TOKEN) == []
    assert look.call_count == 2
