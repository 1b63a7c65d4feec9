"""A zone as another program left it, against the records that a stack wants to make in it."""

from __future__ import annotations

import pytest

from config.checks.zone import adopted, mistakes
from config.topology.records import Found, Record, Zone, mark
from config.values.names import Hostname

MKT, API = Hostname("mkt.smarterbot.cl"), Hostname("api.smarterbot.cl")
SERVER, ELSEWHERE = "203.0.113.10", "198.51.100.7"
RECORDS = [Record(name=name, type="A", content=SERVER, proxied=False) for name in (MKT, API)]


def found(
    type_: str = "A", content: str = ELSEWHERE, comment: str | None = None, name: Hostname = MKT, id_: str = "r1"
) -> Found:
    return Found(id=id_, name=str(name), type=type_, content=content, comment=comment, proxied=False)


def said(*there: Found, adopt: tuple[Hostname, ...] = (), zone: str = "smarterbot.cl") -> list[str]:
    return [str(mistake) for mistake in mistakes(Zone(name=zone, records=there), "prod", RECORDS, adopt)]


@pytest.mark.parametrize(
    "there",
    [
        found(comment=mark("prod")),
        found("AAAA", "2001:db8::7", mark("prod")),
        found(content=SERVER, comment="by hand"),
        found("TXT", "v=spf1 -all"),
        found(name=Hostname("www.smarterbot.cl")),
    ],
    ids=["ours", "ours, to go", "the same address", "another type", "another name"],
)
def test_what_is_ours_or_harmless_is_in_nobodys_way(there: Found) -> None:
    assert said(there) == []


@pytest.mark.parametrize("comment", [None, "by hand", mark("staging")])
def test_a_strangers_address_of_the_same_name_would_get_half_of_the_visitors(comment: str | None) -> None:
    (line,) = said(found(comment=comment))
    assert line.startswith("dns.adopt: mkt.smarterbot.cl has a record A 198.51.100.7 that is not this stack's; ")
    assert line.endswith("add mkt.smarterbot.cl to take it over, or remove it at Cloudflare")


@pytest.mark.parametrize("type_", ["AAAA", "CNAME"])
def test_what_leads_elsewhere_and_cannot_be_taken_over_has_to_go_even_if_the_name_is_listed(type_: str) -> None:
    for adopt in ((), (MKT,)):
        (line,) = said(found(type_, "elsewhere"), adopt=adopt)
        assert line.startswith(f"dns: mkt.smarterbot.cl has a record {type_} elsewhere ")
        assert line.endswith("; remove it at Cloudflare")


def test_one_record_can_be_taken_over_two_cannot() -> None:
    assert said(found(), adopt=(MKT,)) == []
    (line,) = said(found(), found(content="198.51.100.8", id_="r2"), adopt=(MKT,))
    assert line.startswith("dns.adopt: mkt.smarterbot.cl has a record A 198.51.100.8 ")
    assert line.endswith("remove one of the two at Cloudflare")


@pytest.mark.parametrize("zone", ["smarterbot.store", "bot.cl"])
def test_a_name_outside_the_zone_is_a_mistake_cloudflare_would_append_the_zones_name(zone: str) -> None:
    assert said(zone=zone)[0] == f"dns.zone: is {zone}, and api.smarterbot.cl is not in it; use the zone that it is in"


def test_the_zones_own_name_is_in_it() -> None:
    apex = [Record(name=Hostname("smarterbot.cl"), type="A", content=SERVER, proxied=False)]
    assert list(mistakes(Zone(name="smarterbot.cl", records=()), "prod", apex, ())) == []


def test_what_is_listed_can_be_taken_over() -> None:
    there = (found(id_="r1"), found(id_="r2", name=API), found("TXT", "x", id_="r3"))
    zone = Zone(name="smarterbot.cl", records=there)
    assert adopted(zone, RECORDS, (MKT,)) == {"mkt.smarterbot.cl-A": there[0]}
    assert adopted(zone, RECORDS, ()) == {}
