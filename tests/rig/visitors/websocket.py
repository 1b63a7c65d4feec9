"""A WebSocket client that knows what the tests need: one short text each way (RFC 6455)."""

from __future__ import annotations

import base64
import os
import socket
from typing import TYPE_CHECKING, Self

from tests.rig.project import HTTPS_PORT
from tests.rig.visitors.browser import insecure_context

if TYPE_CHECKING:
    from types import TracebackType

TEXT, MASKED, SHORTEST_LONG = 0x81, 0x80, 126


class WebSocket:
    """An open connection to a site's `/ws`."""

    def __init__(self, host: str, path: str = "/ws") -> None:
        plain = socket.create_connection(("127.0.0.1", HTTPS_PORT), timeout=10)
        self._socket = insecure_context().wrap_socket(plain, server_hostname=host)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{HTTPS_PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        self._stream = self._socket.makefile("rb")
        self.status = int(self._stream.readline().split()[1])
        while self._stream.readline().strip():
            pass

    def send(self, text: str) -> None:
        """Send one short text."""
        mask, payload = os.urandom(4), text.encode()
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._socket.sendall(bytes([TEXT, MASKED | len(payload)]) + mask + masked)

    def receive(self) -> str:
        """Wait for one text."""
        _, length = self._stream.read(2)
        if length == SHORTEST_LONG:
            length = int.from_bytes(self._stream.read(2), "big")
        return self._stream.read(length).decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()
