"""What stands between the Internet and a site's service: whose visitors, which paths, how large a request.

Only for the site. The service's neighbours on the network reach it by its name, and a direct port leads past it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.render import caddy_paths, pages
from config.render.caddy_handlers import CONFIG_DIRECTORY, page_headers

if TYPE_CHECKING:
    from config.render.caddy_handlers import JSON
    from config.topology.model import Login, Protection


def handlers(protection: Protection) -> list[JSON]:
    """The handlers that a request meets before the site's service."""
    routes = []
    if protection.private_paths:
        answer = {"handler": "static_response", "status_code": 404}
        routes.append({"match": caddy_paths.private(protection.private_paths), "handle": [answer]})
    public: list[JSON] = [caddy_paths.public(protection.public_paths)] if protection.public_paths else []
    if protection.allow_from:
        let_in = [{"remote_ip": {"ranges": list(protection.allow_from)}}, *public]
        routes.append({"match": [{"not": let_in}], "handle": [_stranger()]})
    if protection.max_body:
        routes.append({"handle": [{"handler": "request_body", "max_size": protection.max_body.bytes}]})
    if protection.logins:
        asked: JSON = {"match": [{"not": public}]} if public else {}
        routes.append({**asked, "handle": _log_in(protection.logins)})
    return [{"handler": "subroute", "routes": routes}] if routes else []


def _log_in(logins: tuple[Login, ...]) -> list[JSON]:
    """Ask for name and password (RFC 7617). The service behind never sees them."""
    accounts = [
        {"username": login.name, "password": f"{{file.{CONFIG_DIRECTORY}/logins/{login.file}}}"} for login in logins
    ]
    # bcrypt takes a twentieth of a second on purpose; a page of forty parts asks once.
    return [
        {"handler": "authentication", "providers": {"http_basic": {"accounts": accounts, "hash_cache": {}}}},
        {"handler": "headers", "request": {"delete": ["Authorization"]}},
    ]


def _stranger() -> JSON:
    return {
        "handler": "static_response",
        "status_code": 403,
        "headers": page_headers(),
        "body": pages.stranger(),
    }
