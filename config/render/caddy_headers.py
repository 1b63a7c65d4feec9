"""Headers that a service believes because only a proxy writes them, taken from every request that comes in.

Nothing in front of a service writes them here, so each one is a stranger's word about himself. Caddy writes its own
X-Forwarded-For, -Host and -Proto after this. Not in the list: headers in which a client only asks for something that it
could ask for in another way, as X-HTTP-Method-Override; no rule of the proxy depends on the method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.render.caddy_handlers import JSON

FROM_WHERE = (
    "Forwarded", "Forwarded-*", "X-Forwarded", "X-Forwarded-*", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip",
    "X-Originating-Ip", "X-ProxyUser-Ip", "X-Envoy-External-Address", "Client-Ip", "True-Client-Ip", "Fastly-Client-Ip",
    "*-Proxy-Client-Ip", "Proxy-Client-Ip",
)  # fmt: skip
WHO = (
    "Remote-*", "X-Remote-*", "X-Auth-Request-*", "X-Authenticated-*", "X-Authentik-*", "X-Webauth-*", "X-Pomerium-*",
    "X-Vouch-*", "X-Goog-Authenticated-User-*", "X-Goog-Iap-*", "X-Amzn-Oidc-*", "X-Ms-Client-Principal*",
    "Cf-Access-Authenticated-User-Email", "Tailscale-*", "X-Client-Cert*", "X-Client-Verify", "X-Ssl-*", "Ssl-Client-*",
)  # fmt: skip
FOR_WHAT = ("X-Original-*", "X-Rewrite-*", "X-Host", "X-Http-Host-Override", "Proxy")
NEXT = (
    "X-Middleware-Subrequest*", "X-Middleware-Override-Headers", "X-Middleware-Request-*", "X-Middleware-Rewrite",
    "X-Middleware-Redirect", "X-Middleware-Set-Cookie", "X-Middleware-Next", "X-Middleware-Skip", "X-Invoke-*",
    "X-Matched-Path", "X-Now-Route-Matches",
)  # fmt: skip
"""What Next.js tells itself. X-Middleware-Prefetch is its browsers' own."""
CLOUDFLARE = ("Cf-Connecting-*", "Cf-Pseudo-*")
"""The visitor's address, where Cloudflare has written it."""


def routes(behind_cloudflare: list[str]) -> list[JSON]:
    """The routes that take them away, for all hosts; Cloudflare's own for all but those behind it."""
    taken = _delete(FROM_WHERE + WHO + FOR_WHAT + NEXT)
    others = {"match": [{"not": [{"host": behind_cloudflare}]}]} if behind_cloudflare else {}
    return [taken, {**others, **_delete(CLOUDFLARE)}]


def _delete(names: tuple[str, ...]) -> JSON:
    return {"handle": [{"handler": "headers", "request": {"delete": list(names)}}]}


def of_site(headers: tuple[tuple[str, str], ...]) -> list[JSON]:
    """The handler that sets a site's own headers in each answer; none without any."""
    if not headers:
        return []
    return [{"handler": "headers", "response": {"deferred": True, "set": {name: [value] for name, value in headers}}}]
