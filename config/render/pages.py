"""The pages that the proxy answers itself: for a service that is away or only planned, and for strangers.

One self-contained HTML text each, no outside asset, readable without CSS. Caddy fills the `{http.…}` placeholders in.
"""

from __future__ import annotations

from html import escape

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.0625rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;"
    "background:light-dark(#f6f7f9,#14171c);color:light-dark(#1c2430,#e4e8ee)}"
    "main{max-width:34rem;padding:2.5rem;margin:1rem;background:light-dark(#fff,#1d2229);border-radius:.75rem;"
    "border-top:.3rem solid #d98324;box-shadow:0 1px 3px #0003}"
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}p{margin:.5rem 0}"
    "small{color:light-dark(#5d6979,#97a3b3)}"
)


def page(title: str, text: str, note: str, *, reload_seconds: int | None = None) -> str:
    """An HTML page with one heading, one sentence and one small note; reloads itself if asked to."""
    refresh = "" if reload_seconds is None else f'<meta http-equiv="refresh" content="{reload_seconds}">'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{refresh}<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p><p><small>{escape(note)}</small></p></main></body></html>"
    )


def unavailable(retry_seconds: int) -> str:
    """The page of 502, 503 and 504: the service did not answer within its hold time."""
    return page(
        "This service is away for a moment",
        f"{{http.request.host}} does not answer right now; it is most likely being updated. "
        f"This page tries again every {retry_seconds} seconds.",
        "Status {http.error.status_code}. If you sent a form just now, see whether it arrived before sending it again.",
        reload_seconds=retry_seconds,
    )


def stranger() -> str:
    """The page of a site that lets in only certain addresses. It says which address the visitor has: the cure."""
    return page(
        "Not for everybody",
        "{http.request.host} lets in visitors from certain addresses only. Yours is {http.request.remote.host}.",
        "Status 403. Its operator can add it to the site's allow-from.",
    )


def log_in() -> str:
    """The page of a site that asks for a password, for who gives none or a wrong one."""
    return page(
        "Not without a password",
        "{http.request.host} is for people with a name and a password.",
        "Status 401. Reload the page to be asked again. The site's operator can give you one.",
    )


def planned(service: str) -> str:
    """The page of a service that is planned and does not run yet."""
    return page(
        "Not open yet",
        f"{{http.request.host}} is reserved for {service}, which is planned and does not run yet.",
        "Status 503. The name, its certificate and this page are ready for it.",
    )


def stopped() -> str:
    """The page of a service that its operator has stopped."""
    return page(
        "Closed for now",
        "{http.request.host} was closed by its operator and opens again later.",
        "Status 503. Nothing that you sent just now was taken.",
    )
