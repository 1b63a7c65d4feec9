"""Mistakes in `smarter-net:watch`, each one line with the key and the cure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.checks.test_wrong_stacks import Wrong, is_one_line_with_key_and_cure
from tests.config.render.watch.stacks import PINNED, TELL, WATCH_SECRETS
from tests.config.stacks import Patch, topology

SET = dict(WATCH_SECRETS)
NTFY = {"ntfy": TELL["ntfy"]}


def tell(kind: str, **change: Any) -> Patch:  # noqa: ANN401  anything a stack file can say
    """One way out, some of it said otherwise; None: left out."""
    way = {key: value for key, value in {**TELL[kind], **change}.items() if value is not None}
    return {"watch": {"tell": {kind: way}}, **PINNED}


def watch(**values: Any) -> Patch:  # noqa: ANN401
    return {"watch": {"tell": NTFY, **values}, **PINNED}


WRONG = [
    Wrong("no one is told", {"watch": {"every": "30s"}}, "watch.tell", "add who is told"),
    Wrong("no way out", {"watch": {"tell": {}}, **PINNED}, "watch.tell", "add email, telegram", secrets=SET),
    Wrong("left blank", {"watch": {"tell": None}}, "watch.tell", ""),
    Wrong("misspelt", {"watch": {"tel": NTFY}}, "watch.tel", "did you mean tell?"),
    Wrong("a way misspelt", {"watch": {"tell": {"telegramm": {}}}}, "watch.tell.telegramm", "did you mean telegram?"),
    Wrong("a list", {"watch": {"tell": ["ntfy"]}}, "watch.tell", "key: value"),
    Wrong("no mail address", tell("email", to="ops"), "watch.tell.email.to", "ops@smarterbot.cl", secrets=SET),
    Wrong("no sender", tell("email", sender=None), "watch.tell.email.sender", "add it", secrets=SET),
    Wrong("no port", tell("email", server="smtp.example.com"), "watch.tell.email.server", ":587", secrets=SET),
    Wrong("a user alone", tell("email", secret=None), "watch.tell.email.secret", "add the name", secrets=SET),
    Wrong("a password alone", tell("email", user=None), "watch.tell.email.user", "add who logs in", secrets=SET),
    Wrong("a chat's name", tell("telegram", chat="@ops"), "watch.tell.telegram.chat", "without quotes", secrets=SET),
    Wrong("chat 0", tell("telegram", chat=0), "watch.tell.telegram.chat", "-1001234567890", secrets=SET),
    Wrong("no token", tell("telegram", secret=None), "watch.tell.telegram.secret", "add it", secrets=SET),
    Wrong("a token itself", tell("telegram", secret="4711:AAE-x"), "watch.tell.telegram.secret", "name", secrets=SET),
    Wrong("no secret", tell("slack"), "secret:watch-slack-url", "make secrets", secrets={"watch-slack-url": None}),
    Wrong("no URL", tell("webhook", url="hooks"), "watch.tell.webhook.url", "https://host/path", secrets=SET),
    Wrong("a key in a URL", tell("webhook", url="https://h/x?k=4711"), "watch.tell.webhook.url", "secret", secrets=SET),
    Wrong("in clear", tell("ntfy", url="http://ntfy.sh/x"), "watch.tell.ntfy.url", "write https://", secrets=SET),
    Wrong("ping misspelt", watch(ping="https://hc-ping.com/4711"), "watch.ping", "name", secrets=SET),
    Wrong("no ping", watch(ping="watch-pin-url"), "secret:watch-pin-url", "watch-ping-url meant", secrets=SET),
    Wrong("too often", watch(every="1s"), "watch.every", "set 5s to 5m", secrets=SET),
    Wrong("hardly ever", watch(every="1h"), "watch.every", "set 5s to 5m", secrets=SET),
    Wrong("every 30", watch(every="30"), "watch.every", "add the unit", secrets=SET),
    Wrong("never slow", watch(slow="1h"), "watch.slow", "set 100ms to 1m", secrets=SET),
    Wrong("no address", watch(also=["mkt"]), "watch.also[0]", "https://host/path", secrets=SET),
    Wrong("a part alone", {"services/prometheus": {}}, "services.prometheus", "add `smarter-net:watch:`"),
    Wrong(
        "a part off", {**watch(), "services/node-exporter/enabled": False}, "services.node-exporter.enabled",
        "remove it", secrets=SET,
    ),
    Wrong(
        "past the proxy", {**watch(), "services/prometheus/direct-port": 9090}, "services.prometheus.direct-port",
        "remove it", secrets=SET,
    ),
    Wrong(
        "the proxy's figures", {**watch(), "services/smarteros-blogbowl/direct-port": 2021},
        "services.smarteros-blogbowl.direct-port", "another port", secrets=SET,
    ),
    Wrong("not pinned", {"watch": {"tell": NTFY}}, "services.prometheus.image", "make pin", secrets=SET),
    Wrong("no database", {**watch(), "services/n8n/reaches": ["alertmanager"]}, "services.n8n.reaches[0]", "",
          secrets=SET),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_watch_gives_one_line_with_key_and_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)


@pytest.mark.parametrize("kind", TELL)
def test_each_way_out_is_enough(kind: str) -> None:
    found = topology("prod", tell(kind), WATCH_SECRETS).watch
    assert found
    assert found.secrets == (TELL[kind]["secret"],)
