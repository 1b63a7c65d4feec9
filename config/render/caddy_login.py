"""Asking a visitor for name and password (RFC 7617) so that wrong ones cost the other sites nothing.

bcrypt takes its time on purpose, and Caddy takes more of it for a name that it does not know. So a name that no account
has is refused by its looks, and passwords are compared in a server of the proxy's own that lets in one request at a
time: a client that tries many keeps one core busy at most, and waits in a line of its own making.
"""

from __future__ import annotations

import base64
import hashlib
import string
from typing import TYPE_CHECKING

from config.render.caddy_handlers import CONFIG_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.render.caddy_handlers import JSON
    from config.topology.model import Login

SERVER = "login"
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_GIVEN = "{http.request.header.Authorization}"
_WAIT = {"try_duration": "5s", "try_interval": "20ms"}
"""For one's turn. What is correct is cached, and takes no time."""


def handlers(logins: tuple[Login, ...]) -> list[JSON]:
    """The handlers that let through who has one of these log-ins. The service behind never sees the password."""
    compare: JSON = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": _socket(logins), "max_requests": 1}],
        "load_balancing": _WAIT,
        "rewrite": {"method": "GET", "uri": _place(logins)},
        # Of a request's headers this is all that is needed; a body is not sent with a GET.
        "headers": {"request": {"delete": ["Cookie", "Connection", "Upgrade"]}},
        "handle_response": [
            {
                "match": {"status_code": [204]},
                "routes": [{"handle": [{"handler": "headers", "request": {"delete": ["Authorization"]}}]}],
            },
            {"routes": [_ask()]},
        ],
    }
    known: JSON = {"vars_regexp": {_GIVEN: {"pattern": _named(login.name for login in logins)}}}
    return [{"handler": "subroute", "routes": [{"match": [{"not": [known]}], **_ask()}, {"handle": [compare]}]}]


def servers(sites: Iterable[tuple[Login, ...]]) -> JSON:
    """The server that compares passwords, one for each set of log-ins; none where no visitor is asked."""
    sets = sorted({logins for logins in sites if logins}, key=_place)
    return {f"{SERVER}-{_digest(logins)}": _server(logins) for logins in sets}


def _server(logins: tuple[Login, ...]) -> JSON:
    accounts = [
        {"username": login.name, "password": f"{{file.{CONFIG_DIRECTORY}/logins/{login.file}}}"} for login in logins
    ]
    checked = {"handler": "authentication", "providers": {"http_basic": {"accounts": accounts, "hash_cache": {}}}}
    return {
        "listen": [f"{_socket(logins)}|0600"],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "routes": [{"handle": [checked, {"handler": "static_response", "status_code": 204}]}],
    }


def _ask() -> JSON:
    """The route that asks for them; its page is the error's."""
    header = {"set": {"Www-Authenticate": ['Basic realm="restricted"']}}
    return {"handle": [{"handler": "headers", "response": header}, {"handler": "error", "status_code": 401}]}


def _named(names: Iterable[str]) -> str:
    """The pattern of one `Authorization` with one of these names and any password.

    base64 writes three bytes as four characters: where a name ends within one, that character is one of a few.
    """
    return f"^(?i:Basic) (?:{'|'.join(map(_encoded, names))})[A-Za-z0-9+/]*={{0,2}}$"


def _encoded(name: str) -> str:
    content = f"{name}:".encode()
    text = base64.b64encode(content + b"\0\0").decode()
    whole, bits = divmod(len(content) * 8, 6)
    first = _ALPHABET.index(text[whole])
    rest = f"[{_ALPHABET[first : first + (1 << (6 - bits))]}]" if bits else ""
    return text[:whole].replace("+", r"\+") + rest


def _place(logins: tuple[Login, ...]) -> str:
    return "/" + ",".join(login.name for login in logins)


def _socket(logins: tuple[Login, ...]) -> str:
    """One whose accounts never change: while a config goes, both it and the next one listen."""
    return f"unix//run/caddy/{SERVER}-{_digest(logins)}.sock"


def _digest(logins: tuple[Login, ...]) -> str:
    return hashlib.sha256(" ".join(login.file for login in logins).encode()).hexdigest()[:12]
