"""How the proxy answers with a page of its own: in the visitor's language, with the company's logo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.render.pages import ENGLISH, SPANISH

if TYPE_CHECKING:
    from config.render.pages import Page
    from config.topology.pages import PagesSpec

JSON = dict[str, Any]

_OTHER = r"(?:[^e,\s][^,]*|e(?:[^n,][^,]*)?)?"
"""A language other than English."""
SPEAKS_SPANISH = {"Accept-Language": {"pattern": rf"(?i)^(?:\s*{_OTHER},)*\s*es(?:[-;,\s]|$)"}}
"""Who names Spanish before English; browsers name the one that is liked best first. Everybody else reads English."""


def answer(page: Page, look: PagesSpec, status: int | str, *, retry_after: int | None = None) -> JSON:
    """The handler that answers with that page; `retry_after` in seconds, for one that goes away again."""
    spanish, english = (_static(page.html(language, look), status, retry_after) for language in (SPANISH, ENGLISH))
    routes = [{"match": [{"header_regexp": SPEAKS_SPANISH}], "handle": [spanish]}, {"handle": [english]}]
    # Only one of the two: a handler that answers ends the chain.
    return {"handler": "subroute", "routes": routes}


def logo(look: PagesSpec) -> list[JSON]:
    """The route by which a server knows the logo; none without one."""
    if not look.logo:
        return []
    image = f'<img src="{look.logo}" alt="">'
    return [{"handle": [{"handler": "vars", "logo": image}]}]


def _static(body: str, status: int | str, retry_after: int | None) -> JSON:
    headers = {
        "Cache-Control": ["no-store"],
        "Content-Type": ["text/html; charset=utf-8"],
        "Vary": ["Accept-Language"],
    }
    if retry_after is not None:
        headers["Retry-After"] = [str(retry_after)]
    return {"handler": "static_response", "status_code": status, "headers": headers, "body": body}
