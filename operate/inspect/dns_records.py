"""The stack's DNS records at Cloudflare, compared with what the last run left there. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cloudflare import Unavailable, look
from operate.inspect.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.topology.records import Found
    from operate.engine.state import Address, Resource


def changed(recorded: Iterable[Resource], token: str) -> list[Reason]:
    """One for each difference; `recorded` is the records of the engine's state.

    StackError if Cloudflare refuses the token or the zone. While it does not answer nothing is known, as in a plan.
    """
    zones: dict[str, list[Resource]] = {}
    for resource in recorded:
        zones.setdefault(resource.address.zone, []).append(resource)
    found: list[Reason] = []
    for zone, resources in zones.items():
        try:
            there = {record.id: record for record in look(zone, token).records}
        except Unavailable:
            continue
        for resource in resources:
            found += _differences(resource.address, there.get(resource.id))
    return found


def _differences(wanted: Address, found: Found | None) -> Iterator[Reason]:
    what = f"record {wanted.name} {wanted.type}"
    if found is None:
        yield Reason(f"{what}: missing at Cloudflare", "recreated")
        return
    if found.content != wanted.content:
        yield Reason(f"{what}: is {found.content} at Cloudflare instead of {wanted.content}", "put right")
    if found.proxied != wanted.proxied:
        way = (
            "is proxied at Cloudflare, and should not be" if found.proxied else "is not proxied any more, and should be"
        )
        yield Reason(f"{what}: {way}", "put right")
