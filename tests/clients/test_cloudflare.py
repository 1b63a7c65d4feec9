"""What the program asks Cloudflare before a plan, against the loopback API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clients import cloudflare
from clients.cloudflare import TRIES, Unavailable, look
from config.values.errors import StackError
from tests.rig.internet.cloudflare import TOKEN, ZONE, Cloudflare, broken, too_many

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between tries, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(cloudflare, "sleep", waited.append)
    return waited


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloudflare]:
    made = Cloudflare("smarterbot.cl")
    with made.listening() as address:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", address)
        yield made


def test_a_zone_is_its_name_and_its_records(api: Cloudflare) -> None:
    id_ = api.add("mkt.smarterbot.cl", "198.51.100.7", comment="by hand")
    found = look(ZONE, TOKEN)
    assert found.name == "smarterbot.cl"
    (record,) = found.records
    assert (record.id, record.name, record.type, record.content, record.comment, record.proxied) == (
        id_, "mkt.smarterbot.cl", "A", "198.51.100.7", "by hand", False,
    )  # fmt: skip


def test_it_waits_as_long_as_it_is_asked_to(api: Cloudflare, waits: list[float]) -> None:
    api.read_faults = [too_many(after=7), too_many(after=3600), broken()]
    assert look(ZONE, TOKEN).name == "smarterbot.cl"
    assert waits == [7, 10, 1]


def test_an_api_that_stays_broken_is_unavailable(api: Cloudflare, waits: list[float]) -> None:
    api.read_faults = [broken() for _ in range(TRIES)]
    with pytest.raises(Unavailable, match=r"Cloudflare does not answer \(Internal Server Error, code 1000\)"):
        look(ZONE, TOKEN)
    assert len(waits) == len(api.requests) - 1 == TRIES - 1


@pytest.mark.usefixtures("waits")
def test_an_api_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://127.0.0.1:1/")
    with pytest.raises(Unavailable, match="refused"):
        look(ZONE, TOKEN)


def test_a_wrong_token_and_a_wrong_zone_are_mistakes_of_the_operators(api: Cloudflare, waits: list[float]) -> None:
    with pytest.raises(StackError, match=r"^secret:cloudflare-api-token: .*Invalid access token, code 9109") as wrong:
        look(ZONE, "another")
    assert "another" not in str(wrong.value)
    with pytest.raises(StackError, match=r"^dns\.zone: Cloudflare knows no such zone"):
        look("f" * 32, TOKEN)
    assert (waits, api.changes()) == ([], [])
