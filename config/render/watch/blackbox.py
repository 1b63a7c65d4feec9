"""How a site is asked: a module of the blackbox exporter for each answer that is the right one.

A site of this stack is asked at the proxy, by its name in TLS and in the request: whether the certificate is trusted is
the browser's business there, how long it is still good is a rule's. A site of another stack is asked as a visitor asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.topology.model import Certificates

if TYPE_CHECKING:
    from config.topology.model import Topology

SITE, CLOSED, VISITOR, SERVICE = "site", "closed", "visitor", "service"
GOOD = (200, 204, 301, 302, 303, 307, 308, 401, 403)
"""401, 403: the site asks for a password, or lets in others alone; the proxy has answered as it should."""
UNAVAILABLE = 503
"""What the pages of a site answer that is closed for a while, whose service is stopped or only planned."""


def config(topology: Topology) -> dict[str, Any]:
    """The whole file."""
    # No browser trusts Let's Encrypt's trial ones, nor those of the proxy's own authority.
    trusted = topology.proxy.certificates is Certificates.LETS_ENCRYPT
    return {
        "modules": {
            SITE: _http(GOOD, trusted=trusted),
            CLOSED: _http((*GOOD, UNAVAILABLE), trusted=trusted),
            VISITOR: _http(GOOD, trusted=True),
            SERVICE: _http((), trusted=True),
        }
    }


def _http(codes: tuple[int, ...], *, trusted: bool) -> dict[str, Any]:
    """`codes`: the right answers; none: those of the 2xx."""
    http: dict[str, Any] = {
        "method": "GET",
        "preferred_ip_protocol": "ip4",
        "follow_redirects": False,
        "headers": {"User-Agent": "smarter-net-watch"},
        "tls_config": {"insecure_skip_verify": not trusted},
    }
    return {"prober": "http", "http": {**http, **({"valid_status_codes": list(codes)} if codes else {})}}
