"""Who is told, and in which words. Secrets are read from files; none is in here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from config.topology.watch import Email, Ntfy, Receiver, Slack, Telegram, WatchSpec, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = dict[str, Any]
WORDS = "/etc/alertmanager/words.tmpl"
EVERYBODY, PING, SILENCE = "everybody", "ping", "silence"
WATCHDOG = "Watchdog"
"""The alert that is always there: as long as it gets through, all of the way works."""
_TITLE = '{{ template "smarter-net.title" . }}'
_TEXT = '{{ template "smarter-net.text" . }}'
_NTFY_TEXT = (
    '{{range .alerts}}{{if eq .status "resolved"}}Over: {{end}}{{.annotations.summary}}\n'
    '{{if ne .status "resolved"}}{{.annotations.help}}\n{{end}}{{end}}'
)
"""ntfy fills it in itself, from Alertmanager's JSON."""


def secret_file(name: str) -> str:
    """Where the secret of that name is read."""
    return f"/run/secrets/{name}"


def config(stack: str, watch: WatchSpec) -> JSON:
    """The whole file."""
    dog = [f'alertname="{WATCHDOG}"']
    return {
        "route": {
            "receiver": EVERYBODY,
            # All sites at once are one message.
            "group_by": ["alertname"],
            "group_wait": "5s",
            "group_interval": "30s",
            "repeat_interval": "12h",
            "routes": [
                {
                    "matchers": dog,
                    "receiver": PING if watch.ping else SILENCE,
                    "group_wait": "0s",
                    "group_interval": "1m",
                    "repeat_interval": "5m",
                }
            ],
        },
        "inhibit_rules": [
            # Without the proxy no site answers.
            {
                "source_matchers": ['alertname="ProxyDown"'],
                "target_matchers": ['alertname=~"SiteDown|SiteSlow|ServiceDown|SiteErrors"'],
            },
            {
                "source_matchers": ['alertname="SiteDown"'],
                "target_matchers": ['alertname=~"SiteSlow|SiteErrors"'],
                "equal": ["site"],
            },
        ],
        "templates": [WORDS],
        "receivers": [_everybody(stack, watch), *_watchdogs(watch)],
    }


def words(stack: str) -> str:
    """The title and the text of a message: what is wrong, why, and the command that helps."""
    return (
        f'{{{{ define "smarter-net.title" }}}}{stack}: '
        '{{ if eq .Status "resolved" }}over: {{ end }}{{ (index .Alerts 0).Annotations.summary }}'
        "{{ if gt (len .Alerts) 1 }} (one of {{ len .Alerts }}){{ end }}{{ end }}\n"
        '{{ define "smarter-net.text" }}{{ range .Alerts }}'
        '{{ if eq .Status "resolved" }}Over: {{ end }}{{ .Annotations.summary }}\n'
        '{{ if ne .Status "resolved" }}{{ .Annotations.help }}\n{{ end }}\n{{ end }}{{ end }}\n'
    )


def _watchdogs(watch: WatchSpec) -> Iterator[JSON]:
    if watch.ping:
        hook = {"url_file": secret_file(watch.ping), "send_resolved": False, "max_alerts": 1}
        yield {"name": PING, "webhook_configs": [hook]}
    else:
        yield {"name": SILENCE}


def _everybody(stack: str, watch: WatchSpec) -> JSON:
    made: JSON = {"name": EVERYBODY}
    for each in watch.receivers:
        kind, receiver = _receiver(stack, each)
        made.setdefault(kind, []).append({"send_resolved": True, **receiver})
    return made


def _receiver(stack: str, receiver: Receiver) -> tuple[str, JSON]:
    match receiver:
        case Email():
            return "email_configs", _email(receiver)
        case Telegram():
            file = secret_file(receiver.secret)
            text = {"message": f"{_TITLE}\n\n{_TEXT}", "parse_mode": ""}
            return "telegram_configs", {"bot_token_file": file, "chat_id": receiver.chat, **text}
        case Slack():
            text = {"title": _TITLE, "text": _TEXT, "fallback": _TITLE}
            return "slack_configs", {"api_url_file": secret_file(receiver.secret), **text}
        case Webhook():
            return "webhook_configs", {"url": receiver.url, **_bearer(receiver.secret)}
        case Ntfy():
            said = {"tpl": "1", "title": f"{stack}: {{{{.status}}}}", "message": _NTFY_TEXT}
            return "webhook_configs", {"url": f"{receiver.url}?{urlencode(said)}", **_bearer(receiver.secret)}


def _email(mail: Email) -> JSON:
    made: JSON = {
        "to": mail.to,
        "from": mail.sender,
        "smarthost": mail.server,
        "require_tls": mail.tls,
        "headers": {"Subject": _TITLE},
        "html": "",
        "text": _TEXT,
    }
    if mail.user and mail.secret:
        made |= {"auth_username": mail.user, "auth_password_file": secret_file(mail.secret)}
    return made


def _bearer(secret: str | None) -> JSON:
    if not secret:
        return {}
    return {"http_config": {"authorization": {"type": "Bearer", "credentials_file": secret_file(secret)}}}
