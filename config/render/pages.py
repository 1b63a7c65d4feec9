"""The pages that the proxy answers itself, each in English and in Spanish: for visitors, in a visitor's words.

One self-contained HTML text each, no outside asset, readable without CSS. Caddy fills the `{http.…}` placeholders in.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.topology.pages import PagesSpec

SPANISH, ENGLISH = "es", "en"
LOGO = "{http.vars.logo}"
"""Where the logo comes in: it is as large as ten pages, so a config has it once for each server."""
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.0625rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;"
    "background:light-dark(#f6f7f9,#14171c);color:light-dark(#1c2430,#e4e8ee)}"
    "main{box-sizing:border-box;width:min(34rem,100vw - 2rem);padding:clamp(1.5rem,6vw,2.5rem);margin:1rem;"
    "background:light-dark(#fff,#1d2229);border-radius:.75rem;overflow-wrap:break-word;"
    "border-top:.3rem solid COLOR;box-shadow:0 1px 3px #0003}"
    "header{display:flex;align-items:center;gap:.75rem;margin-bottom:1.25rem;font-weight:600}"
    "img{max-height:2.5rem;max-width:60%}"
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}p{margin:.5rem 0}"
    "small{color:light-dark(#5d6979,#97a3b3)}"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What one page says in one language."""

    title: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, in both languages."""

    en: Words
    es: Words
    reload_seconds: int | None = None
    """It asks again by itself."""

    def html(self, language: str, look: PagesSpec) -> str:
        """The whole of it; `language` is `SPANISH` or `ENGLISH`."""
        words = self.es if language == SPANISH else self.en
        marks = {
            "{{language}}": language,
            "{{name}}": escape(look.name),
            "{{title}}": escape(words.title),
            "{{text}}": escape(words.text),
            "{{note}}": escape(words.note),
        }
        text = look.template or _usual(look)
        for mark, value in marks.items():
            text = text.replace(mark, value)
        if self.reload_seconds is None:
            return text
        # As a header it would have to be taken off again where Cloudflare or a browser keeps the page.
        return text.replace("</head>", f'<meta http-equiv="refresh" content="{self.reload_seconds}"></head>', 1)


def _usual(look: PagesSpec) -> str:
    whose = (LOGO if look.logo else "") + ("<span>{{name}}</span>" if look.name else "")
    title = "{{title}} · {{name}}" if look.name else "{{title}}"
    header = f"<header>{whose}</header>" if whose else ""
    return (
        '<!doctype html><html lang="{{language}}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE.replace('COLOR', look.color)}</style></head>"
        f"<body><main>{header}<h1>{{{{title}}}}</h1><p>{{{{text}}}}</p><p><small>{{{{note}}}}</small></p></main></body>"
        "</html>"
    )


def away(retry_seconds: int) -> Page:
    """502, 503 and 504: the service did not answer."""
    return Page(
        en=Words(
            "We will be right back",
            f"{{http.request.host}} does not answer right now. This page tries again every {retry_seconds} seconds.",
            "If you sent a form just now, see whether it arrived before sending it again.",
        ),
        es=Words(
            "Volvemos enseguida",
            "{http.request.host} no responde en este momento. "
            f"Esta página lo intenta de nuevo cada {retry_seconds} segundos.",
            "Si acaba de enviar un formulario, vea si llegó antes de enviarlo otra vez.",
        ),
        reload_seconds=retry_seconds,
    )


STRANGER = Page(
    en=Words(
        "Not open from here",
        "{http.request.host} can be visited from certain places only. You come from {http.request.remote.host}.",
        "If you should be let in, tell us that address.",
    ),
    es=Words(
        "No disponible desde aquí",
        "{http.request.host} solo se puede visitar desde ciertos lugares. Usted viene de {http.request.remote.host}.",
        "Si debería tener acceso, indíquenos esa dirección.",
    ),
)
"""A site that lets in only certain addresses. It says which address the visitor has: the cure."""


def maintenance(text: str) -> Page:
    """A site that is closed for a while; `text` in place of the usual sentence, if there is one."""
    return Page(
        en=Words(
            "Closed for maintenance",
            text or "{http.request.host} is being worked on and opens again soon.",
            "Nothing that you sent just now was taken.",
        ),
        es=Words(
            "En mantenimiento",
            text or "{http.request.host} está en mantenimiento y vuelve pronto.",
            "Nada de lo que acaba de enviar fue recibido.",
        ),
    )


LOG_IN = Page(
    en=Words(
        "Name and password, please",
        "{http.request.host} is for people with a name and a password.",
        "Reload the page to be asked again.",
    ),
    es=Words(
        "Usuario y contraseña, por favor",
        "{http.request.host} es para quienes tienen un usuario y una contraseña.",
        "Vuelva a cargar la página para ingresarlos de nuevo.",
    ),
)
"""A site that asks for a password, for who gives none or a wrong one."""
MISSING = Page(
    en=Words("There is nothing here", "{http.request.host} has no page at this address."),
    es=Words("Aquí no hay nada", "{http.request.host} no tiene ninguna página en esta dirección."),
)
"""A path that is for no visitor at all."""
PLANNED = Page(
    en=Words("Opening soon", "{http.request.host} is not open yet. We are getting it ready."),
    es=Words("Abrimos pronto", "{http.request.host} todavía no está abierto. Lo estamos preparando."),
)
"""A service that is planned and does not run yet."""
STOPPED = Page(
    en=Words(
        "Closed for now",
        "{http.request.host} is closed and opens again later.",
        "Nothing that you sent just now was taken.",
    ),
    es=Words(
        "Cerrado por ahora",
        "{http.request.host} está cerrado y vuelve a abrir más tarde.",
        "Nada de lo que acaba de enviar fue recibido.",
    ),
)
"""A service that its operator has stopped."""
