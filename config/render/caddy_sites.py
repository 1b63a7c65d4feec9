"""The proxy's config -> which sites and ports it opens, and for whom: `render`, read back.

So that a config which was delivered can be compared with one that is to be, whatever the program was at that time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from config.render.caddy_handlers import STOPPED_RETRY_AFTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

JSON = dict[str, Any]
UNAVAILABLE = 503
CLOSED = f"it answers {UNAVAILABLE}"
"""What `sites` says of one that is closed."""
STOPPED = [str(STOPPED_RETRY_AFTER_SECONDS)]
"""What tells a service that is stopped from one that is only planned."""
DIRECT = "direct-"
"""What a server that listens on a service's own port is called, before that port."""


def sites(text: str) -> dict[str, str]:
    """`host` -> the service that answers there and who is let in; `port N` -> the service with that port."""
    servers = json.loads(text)["apps"]["http"]["servers"]
    edge = servers.get("edge", {})
    routes = edge.get("named_routes", {})
    found = {}
    for route in edge.get("routes", []):
        for host in _hosts(route):
            found[host] = ", ".join(_site(route, routes))
    for name, server in servers.items():
        if name.startswith(DIRECT):
            behind = {service for route in server["routes"] for service in _dialed(route)}
            where = f"{', '.join(sorted(behind))}, past its sites' passwords" if behind else f"stopped: {CLOSED}"
            found[f"port {name.removeprefix(DIRECT)}"] = where
    return found


def without_addresses(text: str) -> str:
    """The config without what differs between any two: the address that no client uses, which each server has."""
    config = json.loads(text)
    for server in config["apps"]["http"]["servers"].values():
        server["listen"] = [address for address in server["listen"] if not address.startswith("unix/")]
    return json.dumps(config, sort_keys=True)


def _hosts(route: JSON) -> Iterator[str]:
    for match in route.get("match", []):
        yield from match.get("host", [])


def _site(route: JSON, named: JSON) -> Iterator[str]:
    """The service of a site, then each way in which it is not open to everybody."""
    yield from _answering(route, named)
    yield from _asking(route)
    for match in _matches(route):
        ranges = match.get("remote_ip", {}).get("ranges", [])
        if ranges:
            yield f"for {', '.join(ranges)} alone"


def _answering(route: JSON, named: JSON) -> Iterator[str]:
    for path, name in sorted(_invoked(route)):
        closed = [found for found in _all(named.get(name, {})) if found.get("status_code") == UNAVAILABLE]
        stopped = any(found["headers"].get("Retry-After") == STOPPED for found in closed)
        why = f", {'stopped' if stopped else 'only planned'}: {CLOSED}" if closed else ""
        yield f"{path} → {name}{why}" if path else f"{name}{why}"
    for handler in _all(route):
        if handler.get("handler") == "static_response" and "Location" in handler.get("headers", {}):
            yield f"redirect to {handler['headers']['Location'][0].removesuffix('{http.request.uri}')}"
    if any(handler.get("status_code") == UNAVAILABLE for handler in _all(route)):
        yield f"in maintenance: {CLOSED}"


def _invoked(route: JSON, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, service) of a site: the whole site's is an empty one."""
    for handler in route.get("handle", []):
        if handler.get("handler") == "invoke":
            yield path, handler["name"]
        for inner in handler.get("routes", []):
            paths = [each for match in inner.get("match", []) for each in match.get("path", [])]
            yield from _invoked(inner, paths[0] if paths else path)


def _asking(route: JSON) -> Iterator[str]:
    for handler in _all(route):
        kind = handler.get("handler")
        if kind == "authentication":
            accounts = handler["providers"]["http_basic"]["accounts"]
            yield _asked(account["username"] for account in accounts)
        elif kind == "reverse_proxy" and "rewrite" in handler:
            # To the proxy's own server for passwords; before there was one, they were compared in place.
            yield _asked(handler["rewrite"]["uri"].removeprefix("/").split(","))
        elif kind == "request_body":
            yield f"requests up to {handler['max_size'] // 1024 // 1024} MiB"


def _asked(names: Iterable[str]) -> str:
    return f"with a password ({' or '.join(names)})"


def _dialed(route: JSON) -> Iterator[str]:
    """The services that a route forwards to: the last part of the file in which each one's address is."""
    for handler in _all(route):
        for upstream in handler.get("upstreams", []):
            yield upstream["dial"].rstrip("}").rpartition("/")[2]


def _all(route: JSON) -> Iterator[JSON]:
    """Every handler of a route, and of the routes in it."""
    for handler in route.get("handle", []):
        yield handler
        for inner in handler.get("routes", []):
            yield from _all(inner)


def _matches(route: JSON) -> Iterator[JSON]:
    """Every condition of the routes in a route, those that are negated too."""
    for handler in _all(route):
        for inner in handler.get("routes", []):
            for match in inner.get("match", []):
                yield match
                yield from match.get("not", [])
