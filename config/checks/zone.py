"""What stands in a stack's zone at Cloudflare against the records that the stack wants there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.records import mark
from config.values.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.topology.records import Found, Record, Zone
    from config.values.names import Hostname

IN_THE_WAY = ("A", "AAAA", "CNAME")
"""Types of records that lead a visitor to a machine."""


def mistakes(zone: Zone, stack: str, records: Iterable[Record], adopt: Iterable[Hostname]) -> Iterator[StackError]:
    """Yield what in the zone would be in the way. A second address of one name would get half of its visitors."""
    wanted = {(str(record.name), record.type): record for record in records}
    names = {name for name, _ in wanted}
    for name in sorted(names):
        if name != zone.name and not name.endswith(f".{zone.name}"):
            yield StackError("dns.zone", f"is {zone.name}, and {name} is not in it", "use the zone that it is in")
    foreign = [found for found in zone.records if found.comment != mark(stack) and found.name in names]
    listed = {str(name) for name in adopt}
    taken: set[tuple[str, str]] = set()
    for found in foreign:
        said = f"{found.name} has a record {found.type} {found.content} that is not this stack's"
        record = wanted.get((found.name, found.type))
        if record is None:
            if found.type in IN_THE_WAY:
                yield StackError("dns", said, "remove it at Cloudflare")
        elif found.name not in listed:
            # The same address may be this stack's own, with another comment: the engine knows.
            if found.content != record.content:
                yield StackError("dns.adopt", said, f"add {found.name} to take it over, or remove it at Cloudflare")
        elif (found.name, found.type) in taken:
            yield StackError("dns.adopt", f"{said}, as another one", "remove one of the two at Cloudflare")
        else:
            taken.add((found.name, found.type))


def adopted(zone: Zone, records: Iterable[Record], adopt: Iterable[Hostname]) -> dict[str, Found]:
    """Return what is there of the records whose names are listed, by `Record.key`."""
    listed = {record.key for record in records if record.name in adopt}
    there = {f"{found.name}-{found.type}": found for found in zone.records}
    return {key: found for key, found in there.items() if key in listed}
