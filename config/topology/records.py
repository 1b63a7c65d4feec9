"""The DNS records of a stack: what the sites need to be found, and who makes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.values.names import Hostname

TOKEN = "cloudflare-api-token"  # noqa: S105 - a name, not the token
"""Name of the secret with Cloudflare's API token."""
SHORTEST_TOKEN = 40
"""Characters of an API token; Cloudflare's older global keys have 37 and are no tokens."""
IN_STATE = "SMARTER_NET_RECORDS"
"""Environment variable with the records that the engine's state holds, as `<name>-<type>`; `make` sets it.

A program cannot see the state. To import a record that is there already makes the engine delete it at the end."""


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
    """A record that stands in a zone, of this stack or not."""

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
