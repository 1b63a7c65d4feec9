"""What stands between the Internet and a site's service: whose visitors, which paths, how large a request.

Only for the site. The service's neighbours on the network reach it by its name, and a direct port leads past it; but
what commands the host asks its neighbours for the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.render import caddy_login, caddy_pages, caddy_paths, pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.render.caddy_handlers import JSON
    from config.topology.model import Maintenance, Protection
    from config.topology.pages import PagesSpec


MAINTENANCE_RETRY_AFTER_SECONDS = 300


def handlers(protection: Protection, look: PagesSpec) -> list[JSON]:
    """The handlers that a request meets before the site's service."""
    routes = []
    if protection.private_paths:
        answer = caddy_pages.answer(pages.MISSING, look, 404)
        routes.append({"match": caddy_paths.private(protection.private_paths), "handle": [answer]})
    public: list[JSON] = [caddy_paths.public(protection.public_paths)] if protection.public_paths else []
    if protection.allow_from:
        let_in = [{"remote_ip": {"ranges": list(protection.allow_from)}}, *public]
        routes.append({"match": [{"not": let_in}], "handle": [_stranger(look)]})
    if protection.max_body:
        routes.append({"handle": [{"handler": "request_body", "max_size": protection.max_body.bytes}]})
    if protection.logins:
        asked: JSON = {"match": [{"not": public}]} if public else {}
        routes.append({**asked, "handle": caddy_login.handlers(protection.logins)})
    return [{"handler": "subroute", "routes": routes}] if routes else []


def maintenance(closed: Maintenance, look: PagesSpec) -> JSON:
    """The handler of a site that is closed for a while, which lets pass whom it lists."""
    answer = caddy_pages.answer(pages.maintenance(closed.text), look, 503, retry_after=MAINTENANCE_RETRY_AFTER_SECONDS)
    let_in = [{"not": [{"remote_ip": {"ranges": list(closed.allow_from)}}]}]
    return {"handler": "subroute", "routes": [{**({"match": let_in} if closed.allow_from else {}), "handle": [answer]}]}


def neighbour(sites: Sequence[Protection], look: PagesSpec) -> list[JSON]:
    """The handlers that a neighbour's request meets before a service that commands the host: one of its sites'."""
    asking = sorted(sites, key=lambda protection: not protection.logins)
    return handlers(asking[0], look) if asking else [_stranger(look)]


def _stranger(look: PagesSpec) -> JSON:
    return caddy_pages.answer(pages.STRANGER, look, 403)
