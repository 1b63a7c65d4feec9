"""How the pages look that the proxy answers itself."""

from __future__ import annotations

from dataclasses import dataclass

USUAL_COLOR = "#d98324"


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesSpec:
    """Whose pages they are."""

    name: str = ""
    """The company's, above the heading; empty: none."""
    color: str = USUAL_COLOR
    """`#rrggbb`, of the line above the page."""
    logo: str = ""
    """The picture, as a `data:` URL; empty: none."""
    template: str = ""
    """An HTML page of the operator's own, with the marks of `config.render.pages`; empty: the usual one."""
