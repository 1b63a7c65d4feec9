"""HTTP/1.1 as the load speaks it: one connection, nothing hidden.

It does what every client does (RFC 9112, section 9.3.1) and no more: a kept connection that the other side has closed
meanwhile is opened again, and a GET on a kept connection that ends before any answer is sent once more. A proxy closes
its idle connections when it loads a config. A POST is never sent twice.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import itertools
import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

CONNECT_SECONDS = 60
SILENCE_SECONDS = 20
"""A stream that says nothing for so long is lost; the stand-in speaks each 200 ms, if the machine lets it."""
ECHO_PAUSE = 0.2
TEXT, CLOSE = 0x1, 0x8
SWITCHED, GOOD = 101, 200


class Lost(Exception):  # noqa: N818  it is what became of a request
    """A request without its answer, and why."""


class Client:
    """One client of one site. Its connection is kept until it breaks or `close` is called."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, address: str = "127.0.0.1") -> None:
        self._host, self._port, self._context, self._address = host, port, context, address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.retried = 0
        """GETs that were sent once more."""
        self.sent: float | None = None
        """When the last request went out, by the monotonic clock; None while it is being connected for."""

    def close(self) -> None:
        """Drop the connection."""
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None

    async def get(self, path: str) -> None:
        """A page, whole, by the service and not by the proxy."""
        _, body = await self._ask("GET", path, {"Accept": "application/json"})
        if b'"service"' not in body:
            raise Lost(f"GET {path}: not the service's answer: {body[:60]!r}")

    async def post(self, path: str, content: bytes) -> None:
        """A body that must arrive whole."""
        _, body = await self._ask("POST", path, {}, content)
        if json.loads(body).get("sha256") != hashlib.sha256(content).hexdigest():
            raise Lost(f"POST {path}: the body did not arrive whole")

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], content: bytes = b""
    ) -> tuple[dict[str, str], bytes]:
        async with self._mishaps(f"{method} {path}"):
            kept = self._streams
            try:
                reader, answer = await self.open(method, path, headers, content)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                began = isinstance(error, asyncio.IncompleteReadError) and error.partial
                if method != "GET" or began or kept is None or kept is not self._streams:
                    raise
                self.retried += 1
                self.close()
                reader, answer = await self.open(method, path, headers, content)
            body = b"".join([part async for part in _body(reader, answer)])
            if answer.get("connection") == "close":
                self.close()
            return answer, body

    async def open(
        self, method: str, path: str, headers: dict[str, str], content: bytes = b"", *, wanted: int = GOOD
    ) -> tuple[asyncio.StreamReader, dict[str, str]]:
        """Send a request and return once its answer's headers are there; Lost if the status is not `wanted`."""
        self.sent = None
        reader, writer = await self._connected()
        self.sent = time.monotonic()
        lines = {"Host": f"{self._host}:{self._port}", "Content-Length": str(len(content)), **headers}
        if not content:
            del lines["Content-Length"]
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        await writer.drain()
        if content:
            # In a segment of its own, as most clients send it.
            writer.write(content)
            await writer.drain()
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(first.split()[1])
        answer = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
        if status != wanted:
            self.close()
            raise Lost(f"{method} {path}: HTTP {status}")
        return reader, answer

    async def send(self, data: bytes) -> None:
        """Write to the open connection."""
        _, writer = await self._connected()
        writer.write(data)
        await writer.drain()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and (self._streams[0].at_eof() or self._streams[1].is_closing()):
            self.close()
        if self._streams is None:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._streams = await asyncio.open_connection(
                    self._address, self._port, ssl=self._context, server_hostname=self._context and self._host
                )
        return self._streams

    @contextlib.asynccontextmanager
    async def _mishaps(self, what: str) -> AsyncIterator[None]:
        """Turn whatever goes wrong into Lost, and drop the connection."""
        try:
            yield
        except (OSError, EOFError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
            self.close()
            raise Lost(f"{what}: {type(error).__name__} {error}") from error


async def events(client: Client, seconds: float, heard: Callable[[float], None]) -> float:
    """One SSE stream; the silence before each event goes to `heard`. Returns its length if it ended in order."""
    client.close()
    began = last = time.monotonic()
    async with client._mishaps("SSE"):
        reader, answer = await client.open("GET", f"/sse?seconds={seconds:g}", {"Accept": "text/event-stream"})
        parts = _body(reader, answer)
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                part = await anext(parts, None)
            if part is None:
                break
            now = time.monotonic()
            heard(now - last)
            last = now
    return time.monotonic() - began


async def socket_echoes(client: Client, heard: Callable[[float], None]) -> float:
    """One WebSocket until the other side closes it in order; Lost if it just breaks. Returns how long it lasted."""
    client.close()
    began = time.monotonic()
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key
    }  # fmt: skip
    async with client._mishaps("WebSocket"):
        reader, _ = await client.open("GET", "/ws", upgrade, wanted=SWITCHED)
        await _frame(reader)
        for turn in itertools.count():
            # It is listened to all the time: the other side may say goodbye while this one is silent.
            coming = asyncio.ensure_future(_frame(reader))
            # A test that breaks this client off does not ask what became of it.
            coming.add_done_callback(lambda frame: frame.cancelled() or frame.exception())
            await asyncio.wait({coming}, timeout=ECHO_PAUSE)
            sent = time.monotonic()
            text = f"echo {turn}".encode()
            if not coming.done():
                with contextlib.suppress(ConnectionError):
                    await client.send(_masked(TEXT, text))
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    kind, payload = await coming
            finally:
                coming.cancel()
            if kind == CLOSE:
                break
            if payload != text:
                raise Lost(f"WebSocket: {payload[:40]!r} came back for {text!r}")
            heard(time.monotonic() - sent)
    client.close()
    return time.monotonic() - began


async def _body(reader: asyncio.StreamReader, answer: dict[str, str]) -> AsyncIterator[bytes]:
    """The body's parts; EOFError if it ends too soon."""
    if answer.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    else:
        yield await reader.readexactly(int(answer.get("content-length", "0")))


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Kind and payload of the next frame from a server, which never masks (RFC 6455, section 5.2)."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size >= 126:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    return first & 0x0F, await reader.readexactly(size)


def _masked(kind: int, payload: bytes) -> bytes:
    """A whole frame as a client sends it; the payload is shorter than 126 bytes."""
    mask = os.urandom(4)
    return (
        bytes([0x80 | kind, 0x80 | len(payload)]) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    )
