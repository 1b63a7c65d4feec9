"""Eight clients at a service's site, for as long as a test lasts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.rig.visitors.load import EIGHT, Kind, Load, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SITE = {"smarteros-blogbowl": "mkt.smarterbot.localhost", "n8n": "api.smarterbot.localhost"}
REQUESTS_ONLY: Mapping[Kind, int] = {
    kind: count for kind, count in EIGHT.items() if kind not in {"SSE stream", "WebSocket"}
}


@contextmanager
def load(service: str, clients: Mapping[Kind, int] = EIGHT, pause: float = 0.1) -> Iterator[Outcome]:
    """Clients of that service; the outcome is complete when the block is left. `pause`: seconds between two requests.

    At 0.05 s the clients of three modules, and what answers them, took two fifths of two cores.
    """
    running = Load(SITE[service], clients=clients, pause=pause)
    running.start()
    outcome = Outcome()
    try:
        yield outcome
    finally:
        vars(outcome).update(vars(running.stop()))
