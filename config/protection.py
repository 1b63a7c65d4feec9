"""What stands between the Internet and a site's service: whose visitors, which paths, how large a request.

Only for the site. The service's neighbours on the network reach it by its name, and a direct port leads past it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import pages
from config.handlers import CONFIG_DIRECTORY, page_headers

if TYPE_CHECKING:
    from config.handlers import JSON
    from config.units import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A visitor with a password."""

    name: str
    secret: str
    """Name below `secret:` of the password's bcrypt hash."""
    fingerprint: str
    """Of the hash: a new password is a new config."""

    @property
    def file(self) -> str:
        """Name of the file with the hash, below the proxy's `logins/`."""
        return f"{self.name}-{self.fingerprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """One site's."""

    private_paths: tuple[str, ...]
    """For no visitor at all; with what lies below them."""
    public_paths: tuple[str, ...]
    """For every visitor, whatever the two below say: what other people's programs call. With what lies below them."""
    allow_from: tuple[str, ...]
    """Addresses and networks whose visitors are let in; empty: everybody's."""
    logins: tuple[Login, ...]
    """Visitors who are let in by name and password; empty: nobody is asked."""
    max_body: Memory | None
    """Largest body of a request; None: as large as the service takes it."""


def handlers(protection: Protection) -> list[JSON]:
    """The handlers that a request meets before the site's service."""
    routes = []
    if protection.private_paths:
        answer = {"handler": "static_response", "status_code": 404}
        routes.append({"match": [{"path": _below(protection.private_paths)}], "handle": [answer]})
    public: list[JSON] = [{"path": _below(protection.public_paths)}] if protection.public_paths else []
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


def _below(paths: tuple[str, ...]) -> list[str]:
    return [pattern for path in paths for pattern in (path, f"{path}/*")]


def _stranger() -> JSON:
    return {
        "handler": "static_response",
        "status_code": 403,
        "headers": page_headers(),
        "body": pages.stranger(),
    }
