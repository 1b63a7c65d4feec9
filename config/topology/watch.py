"""Who is told when something breaks, and what is looked at: the accessory group `watch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.values.units import Duration

FACTS = "smarter-net-facts"
"""Docker volume in which the host says what only it knows, for the node exporter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Mail over SMTP."""

    to: str
    sender: str
    server: str
    """`host:port`."""
    user: str | None
    secret: str | None
    """Of the user's password; None with the user alone: the server asks for none."""
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """A chat of a Telegram bot."""

    chat: int
    secret: str
    """Of the bot's token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """A channel of Slack's, by an incoming webhook."""

    secret: str
    """Of the webhook's URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Alertmanager's own JSON, by POST."""

    url: str
    secret: str | None
    """Of a bearer token; None: it is sent without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ntfy:
    """A topic of ntfy's, as it shows on a phone."""

    url: str
    secret: str | None
    """Of an access token; None: the topic is open."""


Receiver = Email | Telegram | Slack | Webhook | Ntfy


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSpec:
    """What the four programs are made to do."""

    receivers: tuple[Receiver, ...]
    """All of them get each message."""
    ping: str | None
    """Name of the secret with the URL that is called as long as the watch itself works; None: none is."""
    every: Duration
    """From one look to the next."""
    slow: Duration
    """A site whose answers take longer than this, on average, is slow."""
    also: tuple[str, ...]
    """URLs of other stacks' sites."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that the messages need, each once."""
        named = [each.secret for each in self.receivers] + [self.ping]
        return tuple(dict.fromkeys(name for name in named if name))
