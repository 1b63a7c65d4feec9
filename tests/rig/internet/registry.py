"""A registry on this machine that answers as the OCI distribution specification says, and can be told to refuse."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LOG_IN = "log-in"
"""What a token is for that is for no repository."""
USER, PASSWORD = "operator", "a-registry-password-4711"
CONFIG = "application/vnd.oci.image.config.v1+json"
_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs)/(?P<tag>[^/]+)")

_TAGS = re.compile(r"/v2/(?P<name>.+)/tags/list\?n=\d+(&last=(?P<after>.+))?")


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """Images by repository and tag; each has an index and, for a client that does not accept that, a manifest."""

    port: int = 0
    images: dict[tuple[str, str], tuple[bytes, bytes]] = field(default_factory=dict)
    blobs: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Media type and content by digest: of the indexes, the manifests and the configs."""
    tags: dict[str, set[str]] = field(default_factory=dict)
    """Tags by repository that it lists besides those of its images."""
    page: int = 1000
    """Tags that it lists at once, whatever it is asked for."""
    private: set[str] = field(default_factory=set)
    """Repositories that only `USER` may read."""
    token_service: str | None = "here"
    """None: every client may read. `here`: tokens come from this registry. `basic`: it wants the log-in itself."""
    realm: str = ""
    """Another address of the token service than the registry's own."""
    busy: bool = False
    broken: bool = False
    without_digest: bool = False
    """It leaves out the header with the digest, as the specification lets it."""
    without_head: bool = False
    elsewhere: str = ""
    """Where it sends a client that may have a manifest."""
    silent: threading.Event | None = None
    """It takes requests and answers once this is set."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and authorization, in the order they came in."""

    def add(self, name: str, tag: str, content: str = "", config: dict[str, Any] | None = None) -> str:
        """Put an image whose own config is that one, for two architectures; return the digest of its index."""
        said = content or f"{name}:{tag}"
        manifests = []
        for architecture in ("arm64", "amd64"):
            # Only linux/amd64 has it as it was asked for.
            own = (config or {}) if architecture == "amd64" else {"User": "of another architecture"}
            blob = self.keep(CONFIG, {"os": "linux", "architecture": architecture, "config": own, "is": said})
            layers: list[str] = []
            manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": blob, "layers": layers}
            platform = {"os": "linux", "architecture": architecture}
            manifests.append({**self.keep(MANIFEST, manifest), "platform": platform})
        index = self.keep(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "is": said, "manifests": manifests})
        digest = str(index["digest"])
        self.images[name, tag] = (self.blobs[digest][1], self.blobs[str(manifests[-1]["digest"])][1])
        return digest

    def put(self, name: str, tag: str, said: object) -> None:
        """Put an index or a manifest of a test's own making, JSON or just bytes."""
        content = self.blobs[self.keep(INDEX, said)["digest"]][1]
        self.images[name, tag] = (content, content)

    def keep(self, kind: str, said: object) -> dict[str, Any]:
        """Put a blob, and return how others speak of it."""
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.blobs[digest_of(data)] = (kind, data)
        return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}

    @property
    def host(self) -> str:
        """How an image of it is named."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), type("Handler", (_Handler,), {"of": self}))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    of: Registry
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  nothing goes to stderr
        pass

    @property
    def authorization(self) -> str:
        return self.headers.get("Authorization", "")

    def _answer(self) -> None:
        self.of.requests.append((self.command, self.path, self.authorization))
        if self.of.silent:
            self.of.silent.wait(5)
        if self.of.busy:
            self._error(429, "TOOMANYREQUESTS", {"Retry-After": "30"})
        elif self.of.broken:
            self._error(500, "UNKNOWN")
        elif self.path.startswith("/token?"):
            self._token()
        elif self.path == "/v2/":
            self._first_page()
        elif found := _TAGS.fullmatch(self.path):
            self._tags(found["name"], after=found["after"] or "")
        elif found := _PATH.fullmatch(self.path):
            self._manifest(found["name"], found["tag"])
        else:
            self._error(404, "NAME_UNKNOWN")

    def _token(self) -> None:
        """A token for the scope that is asked for; for a private repository only with the right log-in."""
        asked = parse_qs(urlsplit(self.path).query)
        name = asked["scope"][0].split(":")[1] if "scope" in asked else LOG_IN
        if (
            asked["service"] != ["registry.test"]
            or (self.authorization and self.authorization != _log_in())
            or (name in {*self.of.private, LOG_IN} and not self.authorization)
        ):
            self._error(401, "UNAUTHORIZED")
        else:
            self._send(200, json.dumps({"token": f"for-{name}"}).encode(), {"Content-Type": "application/json"})

    def _first_page(self) -> None:
        """What `docker login` asks for."""
        if self._allowed(LOG_IN, ""):
            self._send(200, b"{}", {"Content-Type": "application/json"})

    def _allowed(self, name: str, scope: str) -> bool:
        """Whether who asks may; if not, he is told where to get a token."""
        right = {None: self.authorization, "here": f"Bearer for-{name}", "basic": _log_in()}[self.of.token_service]
        if self.authorization != right:
            realm = self.of.realm or f"http://{self.of.host}/token"
            bearer = f'Bearer realm="{realm}",service="registry.test"{scope}'
            challenge = 'Basic realm="registry.test"' if self.of.token_service == "basic" else bearer
            self._error(401, "UNAUTHORIZED", {"WWW-Authenticate": challenge})
        return self.authorization == right

    def _tags(self, name: str, *, after: str) -> None:
        """The next page of a repository's tags."""
        if not self._allowed(name, f',scope="repository:{name}:pull"'):
            return
        known = sorted({tag for each, tag in self.of.images if each == name} | self.of.tags.get(name, set()))
        if not known:
            self._error(404, "NAME_UNKNOWN")
            return
        rest = [tag for tag in known if tag > after]
        page = rest[: self.of.page]
        more = {"Link": f'</v2/{name}/tags/list?n=1&last={page[-1]}>; rel="next"'} if len(rest) > len(page) else {}
        content = json.dumps({"name": name, "tags": page}).encode()
        self._send(200, content, {"Content-Type": "application/json", **more})

    def _manifest(self, name: str, tag: str) -> None:
        if not self._allowed(name, f',scope="repository:{name}:pull"'):
            return
        if self.of.elsewhere:
            self._send(307, b"", {"Location": self.of.elsewhere + self.path})
        elif tag in self.of.blobs:
            kind, content = self.of.blobs[tag]
            self._send(200, content, {"Content-Type": kind})
        elif (name, tag) not in self.of.images:
            self._error(404, "MANIFEST_UNKNOWN")
        elif self.of.without_head and self.command == "HEAD":
            self._error(405, "UNSUPPORTED")
        else:
            index, manifest = self.of.images[name, tag]
            kind, content = (INDEX, index) if INDEX in self.headers.get("Accept", "") else (MANIFEST, manifest)
            told = {} if self.of.without_digest else {"Docker-Content-Digest": digest_of(content)}
            self._send(200, content, {"Content-Type": kind, **told})

    def _error(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        body = json.dumps({"errors": [{"code": code, "message": "refused by the tests"}]}).encode()
        self._send(status, body, {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _log_in() -> str:
    return f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
