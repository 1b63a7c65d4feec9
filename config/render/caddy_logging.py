"""What the proxy writes about a request: an allow-list, because no list of secrets' names is ever complete.

The path's shape, and of the headers the program that asks. No other header of a request or an answer, no query, and no
part of a path that is long enough to be a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.render.caddy_handlers import JSON

ACCESS = "access"
"""The logger of the servers that visitors reach."""
USER_AGENT = {"handler": "log_append", "key": "user_agent", "value": "{http.request.header.User-Agent}"}

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_SHAPE = (
    # A request to a proxy names the whole address, at times with a password in it.
    ("^[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#]*)?", ""),
    ("(?s)([?#;=&]).*", "${1}*"),
    ("(?s)%(?:23|26|3[BbDdFf]).*", "*"),
    (f"/[^/]*(?:[0-9A-Za-z]{{20,}}|{_UUID})[^/]*", "/*"),
)
_DELETED = (
    "request>headers",
    "request>transfer_encoding",
    "request>tls",
    "resp_headers",
    # Of what the proxy says about a service's answer, and of requests to its own API.
    "headers",
    "user_id",
)


def logging() -> JSON:
    """JSON to stdout for requests, to stderr for the rest, which at times tells of a request too."""
    return {
        "logs": {
            "default": {"writer": {"output": "stderr"}, "encoder": _encoder(), "exclude": ["http.log.access"]},
            "access": {
                "writer": {"output": "stdout"},
                "encoder": _encoder(),
                "include": [f"http.log.access.{ACCESS}"],
            },
        }
    }


def _encoder() -> JSON:
    shape = [{"regexp": pattern, "value": value} for pattern, value in _SHAPE]
    uri: JSON = {"filter": "multi_regexp", "operations": shape}
    fields: JSON = {name: {"filter": "delete"} for name in _DELETED} | {"request>uri": uri, "uri": uri}
    return {"format": "filter", "wrap": {"format": "json"}, "fields": fields}
