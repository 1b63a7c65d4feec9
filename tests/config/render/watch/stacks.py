"""A stack that is watched, with every way out there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.catalog.watch import WATCH
from config.values.secret import Secret
from tests.config.stacks import SECRETS, topology

if TYPE_CHECKING:
    from config.topology.model import Topology
    from tests.config.stacks import Patch

NAMES = ("email-password", "telegram-token", "slack-url", "webhook-token", "ntfy-token", "ping-url")
WATCH_SECRETS = SECRETS | {f"watch-{name}": Secret.of(f"{name} of the tests") for name in NAMES}
TELL: dict[str, Any] = {
    "email": {
        "to": "ops@smarterbot.cl", "sender": "alerts@smarterbot.cl", "server": "smtp.example.com:587",
        "user": "alerts", "secret": "watch-email-password",
    },
    "telegram": {"chat": -1001234567890, "secret": "watch-telegram-token"},
    "slack": {"secret": "watch-slack-url"},
    "webhook": {"url": "https://hooks.example.com/x", "secret": "watch-webhook-token"},
    "ntfy": {"url": "https://ntfy.sh/a-topic", "secret": "watch-ntfy-token"},
}  # fmt: skip
ALSO = "https://mkt.smarterbot.store"
PINNED: Patch = {f"services/{entry.name}/image": f"{entry.image}@sha256:{'0' * 64}" for entry in WATCH}
"""As a server asks for it."""
ALL: Patch = {"watch": {"tell": TELL, "ping": "watch-ping-url", "also": [ALSO]}}


def watched(stack: str = "prod", patch: Patch | None = None) -> Topology:
    """That stack, watched."""
    return topology(stack, {**ALL, **(PINNED if stack != "dev" else {}), **(patch or {})}, WATCH_SECRETS)


def texts(topology: Topology, service: str) -> dict[str, str]:
    """The files of one of the four, by path."""
    return dict(topology.service(service).files)
