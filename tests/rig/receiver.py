"""A webhook on the test's own machine: the messages that reach it."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ADDRESS = "192.0.2.1"
"""The daemon's own bridge: containers of every network reach it."""


@dataclass(frozen=True)
class Told:
    """One alert of a message."""

    name: str
    resolved: bool
    summary: str
    help: str
    labels: dict[str, str]
    at: float = field(default_factory=time.monotonic, compare=False)


class Receiver:
    """Listens for as long as the block lasts. `told`: all alerts of all messages, in their order."""

    def __init__(self, port: int) -> None:
        self.told: list[Told] = []
        self.messages = 0
        self.url = f"http://{ADDRESS}:{port}/alerts"
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.take(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Without a word."""

        # Its address is there once the daemon is.
        self._server = ThreadingHTTPServer(("0.0.0.0", port), Handler)

    def take(self, message: dict[str, Any]) -> None:
        """Note a message of Alertmanager's."""
        self.messages += 1
        for alert in message["alerts"]:
            said = alert["annotations"]
            self.told.append(
                Told(
                    name=alert["labels"]["alertname"],
                    resolved=alert["status"] == "resolved",
                    summary=said["summary"],
                    help=said["help"],
                    labels=alert["labels"],
                )
            )

    def of(self, name: str) -> list[Told]:
        """What was told by that rule."""
        return [each for each in self.told if each.name == name]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
