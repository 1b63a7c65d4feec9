"""A registry on loopback with the images of one `docker save` archive, as the distribution spec has it: only pulls.

`python -m tests.rig.internet.image_registry ARCHIVE PORT [USER:PASSWORD]`, in the network namespace of the server that
pulls. With a user and a password it is a private one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tarfile
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar"
PORT = 5000


@dataclass(frozen=True)
class Content:
    """What the registry holds."""

    blobs: Mapping[str, bytes]
    """Digest to bytes."""
    manifests: Mapping[str, bytes] = field(default_factory=dict)
    """`repository:tag`, and `repository@digest`, to manifest."""

    def pinned(self, reference: str, port: int = PORT) -> str:
        """`127.0.0.1:port/repository:tag@digest` of an image that the archive knows as `reference`."""
        return f"127.0.0.1:{port}/{reference}@{digest(self.manifests[reference])}"


def digest(content: bytes) -> str:
    """As the spec writes it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read(path: Path) -> Content:
    """The images of an archive."""
    blobs: dict[str, bytes] = {}
    manifests: dict[str, bytes] = {}
    with tarfile.open(path) as archive:

        def described(member: str, kind: str) -> dict[str, str | int]:
            file = archive.extractfile(archive.getmember(member))
            assert file
            content = file.read()
            blobs[digest(content)] = content
            return {"mediaType": kind, "size": len(content), "digest": digest(content)}

        listing = archive.extractfile("manifest.json")
        assert listing
        for image in json.load(listing):
            manifest = {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": described(image["Config"], CONFIG),
                "layers": [described(layer, LAYER) for layer in image["Layers"]],
            }
            text = json.dumps(manifest, sort_keys=True).encode()
            for reference in image["RepoTags"]:
                manifests[reference] = text
                manifests[f"{reference.rpartition(':')[0]}@{digest(text)}"] = text
    return Content(blobs, manifests)


def serve(content: Content, port: int, log_in: str = "") -> None:  # noqa: C901 - a request's cases
    """Serve until the process is ended; only to who logs in, if that is asked for."""
    known = f"Basic {base64.b64encode(log_in.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if log_in and self.headers.get("Authorization") != known:
                self._refuse()
                return
            parts = self.path.removeprefix("/v2/").rsplit("/", 2)
            if self.path == "/v2/":
                self._answer("application/json", b"{}")
            elif len(parts) == 3 and parts[1] == "blobs":
                self._answer("application/octet-stream", content.blobs.get(parts[2]))
            elif len(parts) == 3 and parts[1] == "manifests":
                separator = "@" if parts[2].startswith("sha256:") else ":"
                self._answer(MANIFEST, content.manifests.get(f"{parts[0]}{separator}{parts[2]}"))
            else:
                self._answer("", None)

        do_HEAD = do_GET  # noqa: N815

        def _refuse(self) -> None:
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="rig"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, kind: str, body: bytes | None) -> None:
            self.send_response(HTTPStatus.OK if body is not None else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            if body is not None:
                self.send_header("Docker-Content-Digest", digest(body))
            self.end_headers()
            if self.command == "GET" and body:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(read(Path(sys.argv[1])), int(sys.argv[2]), *sys.argv[3:])
