"""Cloudflare's API on loopback: one zone in memory, the real one's answers, and faults on demand."""

from __future__ import annotations

import ctypes
import ipaddress
import json
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.servers.space import Space

JSON = dict[str, Any]

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "0123456789_abcdefghij-0123456789ABCDEFGHIJ"
PATH = re.compile(r"/client/v4/zones/(?P<zone>\w+)(?P<records>/dns_records(/(?P<id>\w+))?)?(\?.*)?")


class Refusal(Exception):  # noqa: N818  an answer, not an error of ours
    """An answer that is no success."""

    def __init__(self, status: int, code: int, message: str, *, after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.errors = [{"code": code, "message": message}]
        self.after = after


def too_many(after: int = 1) -> Refusal:
    """What Cloudflare answers beyond 1200 requests in five minutes."""
    return Refusal(429, 971, "Please wait and consider throttling your request speed", after=after)


def broken() -> Refusal:
    """An answer of Cloudflare's on a bad day."""
    return Refusal(500, 1000, "Internal Server Error")


class Cloudflare:
    """The API with one zone. `records` are as the API shows them, by id; change them as one would by hand."""

    def __init__(self, zone_name: str) -> None:
        self.zone_name = zone_name
        self.token = TOKEN
        self.records: dict[str, JSON] = {}
        self.requests: list[str] = []
        """Method and path of each, without `/client/v4/`."""
        self.faults: list[Refusal] = []
        """Given to the next requests that change a record, one each."""
        self.read_faults: list[Refusal] = []
        """The same for requests that only read."""
        self._lock = threading.Lock()

    @contextmanager
    def listening(self, space: Space | None = None) -> Iterator[str]:
        """The API's address, for CLOUDFLARE_BASE_URL. With `space` it is loopback in there."""
        handler = type("Handler", (_Handler,), {"api": self})
        with ThreadPoolExecutor(max_workers=1) as pool:
            # A thread that has entered another network stays there, and so does what it opens.
            server = pool.submit(_open, handler, space).result()
            with server:
                serving = pool.submit(server.serve_forever, poll_interval=0.05)
                yield f"http://127.0.0.1:{server.server_port}/client/v4/"
                server.shutdown()
                serving.result()

    def add(self, name: str, content: str, *, type_: str = "A", comment: str | None = None, ttl: int = 300) -> str:
        """A record that was made by hand; its id."""
        body = {"name": name, "type": type_, "content": content, "ttl": ttl, "proxied": False, "comment": comment}
        return str(self._create(body)["id"])

    def found(self, name: str) -> list[JSON]:
        """The records of that name."""
        return [record for record in self.records.values() if record["name"] == name]

    def changes(self) -> list[str]:
        """The methods of all requests that changed something, in their order."""
        return [method for method, _ in (request.split(" ") for request in self.requests) if method != "GET"]

    def answer(self, method: str, path: str, authorization: str, body: JSON) -> Any:  # noqa: ANN401  JSON
        """The result of one request."""
        with self._lock:
            self.requests.append(f"{method} {path.removeprefix('/client/v4/')}")
            faults = self.read_faults if method == "GET" else self.faults
            if faults:
                raise faults.pop(0)
            if authorization != f"Bearer {self.token}":
                raise Refusal(403, 9109, "Invalid access token")
            match = PATH.fullmatch(path)
            if match is None or match["zone"] != ZONE:
                raise Refusal(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
            if not match["records"]:
                return {"id": ZONE, "name": self.zone_name, "status": "active"}
            return self._record(method, match["id"], body)

    def _record(self, method: str, id_: str | None, body: JSON) -> Any:  # noqa: ANN401  JSON
        if id_ is None:
            return self._create(body) if method == "POST" else list(self.records.values())
        if id_ not in self.records:
            raise Refusal(404, 81044, "Record does not exist.")
        if method == "DELETE":
            del self.records[id_]
            return {"id": id_}
        if method == "PUT":
            self._put(id_, body)
        return self.records[id_]

    def _create(self, body: JSON) -> JSON:
        id_ = uuid.uuid4().hex
        self._put(id_, body)
        self.records[id_]["created_on"] = self.records[id_]["modified_on"]
        return self.records[id_]

    def _put(self, id_: str, body: JSON) -> None:
        self._check(id_, body)
        now = datetime.now(UTC).isoformat()
        old = self.records.get(id_, {"comment": None, "proxied": False, "created_on": now})
        given = {key: value for key, value in body.items() if value is not None or key == "comment"}
        name = given["name"].lower()
        if name != self.zone_name and not name.endswith(f".{self.zone_name}"):
            name = f"{name}.{self.zone_name}"
        self.records[id_] = {
            **old, **given, "id": id_, "name": name, "modified_on": now, "proxiable": True,
            "settings": {}, "meta": {}, "tags": [],
        }  # fmt: skip

    def _check(self, id_: str, body: JSON) -> None:
        if body["type"] in {"A", "AAAA"}:
            version = ipaddress.ip_address(body["content"]).version
            if (version == 6) != (body["type"] == "AAAA"):
                raise Refusal(400, 9005, f"Content for {body['type']} record must be a valid address.")
        others = [record for record in self.found(body["name"].lower()) if record["id"] != id_]
        if any((other["type"] == "CNAME") != (body["type"] == "CNAME") for other in others):
            raise Refusal(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
        if any((other["type"], other["content"]) == (body["type"], body["content"]) for other in others):
            raise Refusal(400, 81058, "An identical record already exists.")


def _open(handler: type[_Handler], space: Space | None) -> ThreadingHTTPServer:
    if space:
        with Path(f"/proc/{space.pid}/ns/net").open("rb") as network:
            if ctypes.CDLL(None).setns(network.fileno(), 0):
                raise RuntimeError("the loopback API cannot enter the network; this needs root on Linux")
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)


class _Handler(BaseHTTPRequestHandler):
    api: ClassVar[Cloudflare]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = json.loads(self.rfile.read(length) or b"{}")
        try:
            result = self.api.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
        except Refusal as refusal:
            self._send(refusal.status, {"success": False, "errors": refusal.errors, "result": None}, refusal.after)
        else:
            self._send(HTTPStatus.OK, {"success": True, "errors": [], "messages": [], "result": result})

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  as above

    def log_message(self, *_: object) -> None:
        """No line for each request."""

    def _send(self, status: int, answer: JSON, after: int | None = None) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if after is not None:
            self.send_header("Retry-After", str(after))
        self.end_headers()
        self.wfile.write(content)
