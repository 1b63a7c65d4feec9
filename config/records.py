"""The DNS records of a stack: what the sites need to be found, and who makes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from config.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.names import Hostname

TOKEN = "cloudflare-api-token"  # noqa: S105 - a name, not the token
"""Name of the secret with Cloudflare's API token."""
SHORTEST_TOKEN = 40
"""Characters of an API token; Cloudflare's older global keys have 37 and are no tokens."""
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
"""The engine's type of a record."""
IN_STATE = "SMARTER_NET_RECORDS"
"""Environment variable with the records that the engine's state holds, as `<name>-<type>`; `make` sets it.

A program cannot see the state. To import a record that is there already makes the engine delete it at the end."""
IN_THE_WAY = ("A", "AAAA", "CNAME")
"""Types of records that lead a visitor to a machine."""


class DnsProvider(StrEnum):
    """Who makes the DNS records."""

    BY_HAND = "by-hand"
    """The operator; the stack's outputs list them."""
    CLOUDFLARE = "cloudflare"
    """The stack, at Cloudflare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One DNS record."""

    name: Hostname
    type: str
    """`A` or `AAAA`."""
    content: str
    proxied: bool
    """Visitors reach Cloudflare, and Cloudflare the server."""

    @property
    def key(self) -> str:
        """What the engine knows the record by."""
        return f"{self.name}-{self.type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsSpec:
    """The zone that the stack makes its records in."""

    zone: str
    """Cloudflare's identifier of it."""
    adopt: tuple[Hostname, ...]
    """Names whose records are there already and are taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record that stands in a zone, whoever made it."""

    id: str
    name: str
    type: str
    content: str
    comment: str | None
    proxied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone as it is."""

    name: str
    records: tuple[Found, ...]


def mark(stack: str) -> str:
    """Return the comment by which a stack knows its own records."""
    return f"managed by smarter-net, stack {stack}"


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
