"""What answers a request: the handlers of a service, of a site around it, and of what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.render import caddy_pages, pages
from config.topology.model import Certificates
from config.values.units import Duration

if TYPE_CHECKING:
    from config.topology.model import ProxySpec, Topology
    from config.topology.service import ServiceSpec

CONFIG_DIRECTORY = "/etc/caddy"
"""Where the proxy container sees the mounted directory."""
NOWHERE = "127.0.0.1:9"
"""The address of a service whose rollout holds its requests."""
PATIENCE = Duration(2_000)
"""How long each request waits for a container: some rounds of the active check, and a lost connection. A visitor whose
service is not being rolled out then gets a page instead of a white screen for as long as a rollout might take."""
RETRY_AFTER_SECONDS = 10
STOPPED_RETRY_AFTER_SECONDS = 600
PLANNED_RETRY_AFTER_SECONDS = 86_400
KEEP_ALIVE = {"idle_timeout": "1s", "max_idle_conns_per_host": 1024}
"""Of the connections to a service. An idle one ends before any application closes it (Node: after 5 s, gunicorn: 2 s),
maybe as a request is sent on it. As many are kept as are in use under load: with Go's 32, the others of a thousand were
closed after each answer, and the ports ran out within a minute (28,580 in TIME_WAIT, then 502)."""

_CHUNKED = (
    r"^(?:net/http: HTTP/1\.x transport connection broken: )?(?:write error: )?"
    "(?:malformed chunked encoding|invalid byte in chunk length|empty hex number for chunk length"
    "|http chunk length too large|chunked line ends with bare LF|chunked encoding contains too much non-data"
    "|invalid CR in chunked line|header line too long)$"
)
"""What Go says of a request's body, bare or behind what it says of the connection that it gave up for it. A body is
read before an answer is, so none of these can be about one."""

_UNSENT = {"vars_regexp": {"{http.error.message}": {"pattern": r"^(?:dial |no upstreams available$)"}}}
"""Nothing of the request has gone to a container, so it can be sent again whatever it does."""
_A_VISITOR = {"method": ["GET", "HEAD"], "header": {"Accept": ["*text/html*"]}}
"""Who looks at an answer, and at nothing while it is waited for. A program waits without seeing anything."""

_IN_VAIN = "Waited-In-Vain"
"""Header of a waiting room's answer, for the server in front of it alone."""
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
DUPLEX = {"enable_full_duplex": True}
"""For each server that forwards HTTP/1.1. Without it Go closes a request's body as soon as the answer begins, and the
proxy then drops the connection to the service: 0.4 to 1.3 % of the POSTs that Next.js answers within about 1 ms of
their last byte came back as 200 with half a body."""

JSON = dict[str, Any]


def handlers(service: ServiceSpec, proxy: ProxySpec) -> list[JSON]:
    """What answers for a service: its container at once, or the waiting room."""
    if not service.enabled:
        return [_closed(pages.PLANNED, proxy, PLANNED_RETRY_AFTER_SECONDS)]
    if service.stopped:
        return [_closed(pages.STOPPED, proxy, STOPPED_RETRY_AFTER_SECONDS)]
    room = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": _room(service), "max_requests": proxy.most_waiting}],
        "flush_interval": -1,
        "stream_close_delay": str(proxy.stream_close_delay),
        # While a config goes, its rooms and the next one's listen at the same place: no connection outlives a request.
        "transport": {"protocol": "http", "keep_alive": {"enabled": False}},
        # The page is the error's here.
        "handle_response": [
            {
                "match": {"headers": {_IN_VAIN: ["*"]}},
                "routes": [{"handle": [{"handler": "error", "status_code": "{http.reverse_proxy.status_code}"}]}],
            }
        ],
    }
    return [_or_else(_forward(service, proxy), [{"match": [_UNSENT], "handle": [room]}])]


def waiting_rooms(topology: Topology) -> JSON:
    """The servers in which requests wait for a container, one for each service.

    What waits is tried again ten times a second. Here it is counted, as what is forwarded: a stranger who fills a
    service takes no processor time from the others.
    """
    in_vain = {
        "handler": "static_response",
        "status_code": "{http.error.status_code}",
        "headers": {_IN_VAIN: ["{http.error.message}"]},
    }
    return {
        f"waiting-{service.name}": {
            "listen": [f"{_room(service)}|0600"],
            "protocols": ["h1"],
            **DUPLEX,
            "automatic_https": {"disable": True},
            "routes": [{"handle": [_waiting(service, topology.proxy)]}],
            "errors": {"routes": [{"handle": [in_vain]}]},
        }
        for service in topology.proxied
        if service.enabled and not service.stopped
    }


def _waiting(service: ServiceSpec, proxy: ProxySpec) -> JSON:
    """A round for each request; then it waits on, or gets the error's page."""
    hold = service.rollout.hold.milliseconds
    first = _again_and_again(service, proxy, Duration(min(hold, PATIENCE.milliseconds)), every="100ms")
    if hold <= PATIENCE.milliseconds:
        return first
    rolled_out = {"vars": {_dial(service): [NOWHERE]}}
    waits = [{**_UNSENT, **rolled_out}, {**_UNSENT, "not": [_A_VISITOR]}]
    held = _again_and_again(service, proxy, Duration(hold - PATIENCE.milliseconds), every="200ms")
    return _or_else(first, [{"match": waits, "handle": [held]}])


def _or_else(handler: JSON, routes: list[JSON]) -> JSON:
    """The handler, and what comes after its error where one of the routes is for it."""
    again = {"handler": "error", "error": "{http.error.message}", "status_code": "{http.error.status_code}"}
    return {
        "handler": "subroute",
        "routes": [{"handle": [handler]}],
        "errors": {"routes": [*routes, {"handle": [again]}]},
    }


def _again_and_again(service: ServiceSpec, proxy: ProxySpec, patience: Duration, *, every: str) -> JSON:
    """Each request's first try comes at once; dial errors and "no healthy upstream" are tried again, for any method."""
    # As the server in front of the room has written them: the room sees no visitor's address.
    kept = {name: [f"{{http.request.header.{name}}}"] for name in _FORWARDED}
    return {
        **_forward(service, proxy),
        "load_balancing": {"try_duration": str(patience), "try_interval": every},
        "headers": {"request": {"set": kept}},
    }


def _forward(service: ServiceSpec, proxy: ProxySpec) -> JSON:
    """Each has a view of its own of whether the container is well: one without checks sends to whatever listens."""
    active = {"uri": service.health.liveness, "interval": str(proxy.health_interval), "timeout": "5s", "fails": 3}
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": _dial(service), "max_requests": proxy.most_requests}],
        "flush_interval": -1,
        "stream_close_delay": str(proxy.stream_close_delay),
        "transport": {"protocol": "http", "dial_timeout": "1s", "keep_alive": KEEP_ALIVE},
        "health_checks": {"active": active},
    }


def _room(service: ServiceSpec) -> str:
    return f"unix//run/caddy/waiting-{service.name}.sock"


def _dial(service: ServiceSpec) -> str:
    """The address of the current container, read at every dial from the file that a rollout writes."""
    return f"{{file.{CONFIG_DIRECTORY}/releases/{service.name}}}"


def _closed(page: pages.Page, proxy: ProxySpec, retry_after: int) -> JSON:
    return caddy_pages.answer(page, proxy.pages, 503, retry_after=retry_after)


def error_pages(proxy: ProxySpec) -> list[JSON]:
    """The routes for a request that cannot be forwarded, and for a service that did not answer."""
    page = pages.away(RETRY_AFTER_SECONDS)
    answer = caddy_pages.answer(page, proxy.pages, "{http.error.status_code}", retry_after=RETRY_AFTER_SECONDS)
    return [
        _malformed(),
        {"match": [{"expression": "{http.error.status_code} in [502, 503, 504]"}], "handle": [answer]},
    ]


def _malformed() -> JSON:
    """Caddy takes a body that is no chunked encoding for a fault of the service's: 502, and "try again"."""
    return {
        "match": [{"vars_regexp": {"{http.error.message}": {"pattern": _CHUNKED}}}],
        "handle": [{"handler": "static_response", "status_code": 400, "close": True}],
    }


def log_in_page(proxy: ProxySpec) -> JSON:
    """The route for a visitor who did not say who he is."""
    answer = caddy_pages.answer(pages.LOG_IN, proxy.pages, 401)
    return {"match": [{"expression": "{http.error.status_code} == 401"}], "handle": [answer]}


def redirect(url: str) -> JSON:
    """What sends a visitor to another site, path and query kept. A browser remembers it for an hour, mistakes too."""
    headers = {"Location": [f"{url}{{http.request.uri}}"], "Cache-Control": ["max-age=3600"]}
    return {"handler": "static_response", "status_code": 308, "headers": headers}


def refuse() -> JSON:
    """The route for a host that is not ours: the connection ends without an answer."""
    return {"handle": [{"handler": "static_response", "abort": True}]}


def security_headers(proxy: ProxySpec) -> list[JSON]:
    """Headers that are always right, then those an application may set for itself, as Metabase does for embedding."""
    always = {"X-Content-Type-Options": ["nosniff"]}
    if proxy.certificates is Certificates.LETS_ENCRYPT:
        # Without includeSubDomains: the zone has hosts that are not ours.
        always["Strict-Transport-Security"] = ["max-age=31536000"]
    defaults = {"Referrer-Policy": "strict-origin-when-cross-origin", "X-Frame-Options": "SAMEORIGIN"}
    return [
        {"handler": "headers", "response": {"deferred": True, "set": always, "delete": ["Server", "X-Powered-By"]}},
        *(
            {
                "handler": "headers",
                "response": {"deferred": True, "require": {"headers": {name: None}}, "set": {name: [value]}},
            }
            for name, value in defaults.items()
        ),
    ]
