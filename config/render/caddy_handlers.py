"""What answers a request: the handlers of a service, of a site around it, and of what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.render import caddy_pages, pages
from config.topology.model import Certificates
from config.values.units import Duration

if TYPE_CHECKING:
    from config.topology.model import ProxySpec
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

_UNSENT = r"^(?:dial |no upstreams available$)"
"""Nothing of the request has gone to a container, so it can be sent again whatever it does."""
_A_VISITOR = {"method": ["GET", "HEAD"], "header": {"Accept": ["*text/html*"]}}
"""Who looks at an answer, and at nothing while it is waited for. A program waits without seeing anything."""

JSON = dict[str, Any]


def handlers(service: ServiceSpec, proxy: ProxySpec, *, checked: bool) -> list[JSON]:
    """What answers for a service. `checked`: with active health checks; one route of a service is enough for them."""
    if not service.enabled:
        return [_closed(pages.PLANNED, proxy, PLANNED_RETRY_AFTER_SECONDS)]
    if service.stopped:
        return [_closed(pages.STOPPED, proxy, STOPPED_RETRY_AFTER_SECONDS)]
    hold = service.rollout.hold.milliseconds
    forward = _forward(service, proxy, Duration(min(hold, PATIENCE.milliseconds)), checked=checked)
    if hold <= PATIENCE.milliseconds:
        return [forward]
    held = _forward(service, proxy, Duration(hold - PATIENCE.milliseconds), checked=checked)
    return [{"handler": "subroute", "routes": [{"handle": [forward]}], "errors": {"routes": _waiting(service, held)}}]


def _forward(service: ServiceSpec, proxy: ProxySpec, patience: Duration, *, checked: bool) -> JSON:
    """Each has a view of its own of whether the container is well: one without checks sends to whatever listens."""
    active = {"uri": service.health.liveness, "interval": str(proxy.health_interval), "timeout": "5s", "fails": 3}
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": _dial(service), "max_requests": proxy.most_requests}],
        # The first try comes at once; dial errors and "no healthy upstream" are tried again, whatever the method.
        "load_balancing": {"try_duration": str(patience), "try_interval": "100ms"},
        "flush_interval": -1,
        "stream_close_delay": str(proxy.stream_close_delay),
        "transport": {"protocol": "http", "dial_timeout": "1s", "keep_alive": KEEP_ALIVE},
        **({"health_checks": {"active": active}} if checked else {}),
    }


def _waiting(service: ServiceSpec, held: JSON) -> list[JSON]:
    """The routes of a request that no container has taken: it waits on, or gets the error's page."""
    unsent = {"vars_regexp": {"{http.error.message}": {"pattern": _UNSENT}}}
    rolled_out = {"vars": {_dial(service): [NOWHERE]}}
    again = {"handler": "error", "error": "{http.error.message}", "status_code": "{http.error.status_code}"}
    waits = [{**unsent, **rolled_out}, {**unsent, "not": [_A_VISITOR]}]
    return [{"match": waits, "handle": [held]}, {"handle": [again]}]


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
