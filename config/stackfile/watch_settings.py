"""Who is told when something breaks, in a stack file."""

from __future__ import annotations

from pydantic import Field, StrictBool

from config.stackfile import fields
from config.stackfile.part import Model
from config.topology.watch import Email, Ntfy, Receiver, Slack, Telegram, WatchSpec, Webhook
from config.values.units import Duration


class EmailSettings(Model):
    """Mail over SMTP."""

    to: fields.Email = Field(examples=["ops@smarterbot.cl"])
    """Who gets it."""
    sender: fields.Email = Field(examples=["alerts@smarterbot.cl"])
    """Who it comes from."""
    server: fields.MailServer = Field(examples=["smtp.example.com:587"])
    """The mail server, as host:port."""
    user: fields.Text | None = Field(default=None, examples=["alerts@smarterbot.cl"])
    """Who logs in there. Left out: the server asks for no log-in."""
    secret: fields.SecretName | None = Field(default=None, examples=["watch-email-password"])
    """Name below `secret:` of the user's password."""
    tls: StrictBool = True
    """false: also where the server offers no encryption."""


class TelegramSettings(Model):
    """A chat of a Telegram bot."""

    chat: fields.ChatId = Field(examples=["-1001234567890"])
    """Number of the chat; a group's begins with a minus."""
    secret: fields.SecretName = Field(examples=["watch-telegram-token"])
    """Name below `secret:` of the bot's token."""


class SlackSettings(Model):
    """A channel of Slack's."""

    secret: fields.SecretName = Field(examples=["watch-slack-url"])
    """Name below `secret:` of the incoming webhook's URL, which is all that is needed to write there."""


class WebhookSettings(Model):
    """Alertmanager's own JSON, by POST."""

    url: fields.WebAddress = Field(examples=["https://hooks.example.com/smarter-net"])
    """Where to. What is secret in it does not belong here, but into the token."""
    secret: fields.SecretName | None = Field(default=None, examples=["watch-webhook-token"])
    """Name below `secret:` of a token, sent as `Authorization: Bearer`."""


class NtfySettings(Model):
    """A topic of ntfy's."""

    url: fields.WebAddress = Field(examples=["https://ntfy.sh/a-topic-that-is-hard-to-guess"])
    """The topic's address."""
    secret: fields.SecretName | None = Field(default=None, examples=["watch-ntfy-token"])
    """Name below `secret:` of an access token, for a topic that asks for one."""


class TellSettings(Model):
    """Ways out; each message takes all of them."""

    email: EmailSettings | None = None
    telegram: TelegramSettings | None = None
    slack: SlackSettings | None = None
    webhook: WebhookSettings | None = None
    ntfy: NtfySettings | None = None


class WatchSettings(Model):
    """Programs that look at all of it and send a message when something breaks. Without `tell` there are none."""

    tell: TellSettings | None = Field(
        default=None, examples=["{ntfy: {url: https://ntfy.sh/a-topic-that-is-hard-to-guess}}"]
    )
    """Who is told, and how."""
    ping: fields.SecretName | None = Field(default=None, examples=["watch-ping-url"])
    """Name below `secret:` of a URL that gets a POST every five minutes while the watch works. A service elsewhere,
    such as healthchecks.io, gives it to you, and tells you when the calls stop."""
    every: Duration = Duration.parse("30s")
    """From one look to the next. What stays broken for two more looks is told."""
    slow: Duration = Duration.parse("3s")
    """A site that takes longer for its answers, on the average of ten minutes, is slow."""
    also: fields.ListOf[fields.WebAddress] = Field(default=(), examples=["[https://mkt.smarterbot.store]"])
    """Sites of other stacks to look at as well, such as staging's from prod and the other way round."""

    @property
    def spec(self) -> WatchSpec | None:
        """What the rest of the program knows of it."""
        if self.tell is None:
            return None
        return WatchSpec(
            receivers=tuple(_receivers(self.tell)), ping=self.ping, every=self.every, slow=self.slow, also=self.also
        )


def _receivers(tell: TellSettings) -> list[Receiver]:
    found: list[Receiver | None] = [
        Email(
            to=tell.email.to, sender=tell.email.sender, server=tell.email.server, user=tell.email.user,
            secret=tell.email.secret, tls=tell.email.tls,
        ) if tell.email else None,
        Telegram(chat=tell.telegram.chat, secret=tell.telegram.secret) if tell.telegram else None,
        Slack(secret=tell.slack.secret) if tell.slack else None,
        Webhook(url=tell.webhook.url, secret=tell.webhook.secret) if tell.webhook else None,
        Ntfy(url=tell.ntfy.url, secret=tell.ntfy.secret) if tell.ntfy else None,
    ]  # fmt: skip
    return [each for each in found if each]
