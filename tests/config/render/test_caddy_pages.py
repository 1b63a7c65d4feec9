"""The proxy's own pages as a real Caddy answers with them: whose, in which language, and what they do not say."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.catalog.accessories import ACCESSORIES
from config.catalog.services import CATALOG
from config.render import caddy_sites
from config.render.caddy import render
from config.topology.pages import PagesSpec
from tests.config.render.running import running
from tests.config.stacks import HASH, REMOVED, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATCH = {
    "services/metabase/stopped": True,
    "sites/2/basic-auth": REMOVED,
    "sites/2/open": True,
    "sites/0/allow-from": ["203.0.113.5"],
    "pages": {"name": "Panadería <Ñandú> & Cía", "color": "#0B6E4F"},
}
LOGO = "data:image/png;base64,aGVsbG8="
CLOSED = {
    # host: status, title in English, in Spanish
    "kpi.smarterbot.cl": (503, "Closed for now", "Cerrado por ahora"),
    "ai.smarterbot.cl": (503, "Opening soon", "Abrimos pronto"),
    "mkt.smarterbot.cl": (403, "Not open from here", "No disponible desde aquí"),
    "dash.smarterbot.cl": (401, "Name and password, please", "Usuario y contraseña, por favor"),
}
ENGLISH = (
    "", "en", "en-US,en;q=0.9,es;q=0.8", "fr, de", "fr,en,es", "eo", "e", "pt-BR,en;q=0.5", "best", "est", ",", "*",
    "de,EN-us,es",
)  # fmt: skip
SPANISH = (
    "es",
    "es-CL",
    "es-CL,es;q=0.9,en;q=0.8",
    "ES",
    "fr,es",
    " es ",
    "pt-BR, es;q=0.8, en;q=0.7",
    "e,es",
)
OPERATORS = re.compile(r"allow-from|upstream|container|proxy|stack|\{\{|\}\}|\{http|Caddy", re.IGNORECASE)
"""Words that are none of a visitor's business, and marks that were not filled in."""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the proxy's sites."""
    made = topology("prod", PATCH)
    look = replace(made.proxy.pages, logo=LOGO)
    made = replace(made, proxy=replace(made.proxy, pages=look))
    with running(made, tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found.ports["edge"]


def ask(port: int, host: str, language: str = "", path: str = "/") -> tuple[int, str, str]:
    """Status, type and page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        client.request("GET", path, headers={"Host": host, **({"Accept-Language": language} if language else {})})
        answer = client.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


@pytest.mark.parametrize("host", CLOSED)
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_page_is_whose_it_is_and_in_a_visitors_words(edge: int, host: str, language: str) -> None:
    status, english, spanish = CLOSED[host]
    found, kind, page = ask(edge, host, language)
    assert (found, kind) == (status, "text/html; charset=utf-8")
    assert f"<h1>{spanish if language == 'es' else english}</h1>" in page
    assert f'<html lang="{language}">' in page
    assert host in page
    assert "<span>Panadería &lt;Ñandú&gt; &amp; Cía</span>" in page
    assert f'<img src="{LOGO}" alt="">' in page
    assert "solid #0b6e4f" in page
    assert not OPERATORS.search(page)
    assert not [name for name in (*CATALOG, *ACCESSORIES) if name in page]


@pytest.mark.parametrize(("language", "expected"), [*((x, "en") for x in ENGLISH), *((x, "es") for x in SPANISH)])
def test_the_language_is_the_one_that_the_browser_names_first(edge: int, language: str, expected: str) -> None:
    _, _, page = ask(edge, "kpi.smarterbot.cl", language)
    assert f'<html lang="{expected}">' in page


def test_a_site_in_maintenance_says_so_in_the_operators_words_and_lets_in_whom_it_lists(tmp_path: Path) -> None:
    closed = {"sites/0/maintenance": {"text": "Volvemos a las 18:00 <hoy>."}}
    let_in = {"sites/1/maintenance": {"allow-from": ["127.0.0.0/8"]}}
    usual = {"sites/2/maintenance": {"allow-from": ["203.0.113.5"]}}
    opened = {"sites/1/basic-auth": REMOVED, "sites/1/open": True, "sites/2/basic-auth": REMOVED, "sites/2/open": True}
    made = topology("prod", {**closed, **let_in, **usual, **opened})
    with running(made, tmp_path, logins=HASH) as found:
        status, _, page = ask(found.ports["edge"], "mkt.smarterbot.cl", "es")
        assert (status, "<p>Volvemos a las 18:00 &lt;hoy&gt;.</p>" in page) == (503, True)
        assert ask(found.ports["edge"], "api.smarterbot.cl")[0] == 200
        status, _, page = ask(found.ports["edge"], "kpi.smarterbot.cl", "en")
        assert (status, "Closed for maintenance" in page) == (503, True)
    shown = caddy_sites.sites(render(made))
    assert shown["mkt.smarterbot.cl"] == "smarteros-blogbowl, in maintenance: it answers 503"
    assert shown["api.smarterbot.cl"] == "n8n, in maintenance: it answers 503, for 127.0.0.0/8 alone"


def test_a_template_of_the_operators_own_takes_the_usual_pages_place(tmp_path: Path) -> None:
    template = (
        "<html lang={{language}}><head></head><style>p{color:red}</style><b>{{title}}</b>{{text}}|{{note}}</html>"
    )
    made = topology("prod", PATCH)
    made = replace(made, proxy=replace(made.proxy, pages=PagesSpec(template=template)))
    with running(made, tmp_path, logins=HASH) as found:
        _, _, page = ask(found.ports["edge"], "kpi.smarterbot.cl", "es")
    assert page == (
        "<html lang=es><head></head><style>p{color:red}</style><b>Cerrado por ahora</b>"
        "kpi.smarterbot.cl está cerrado y vuelve a abrir más tarde.|Nada de lo que acaba de enviar fue recibido.</html>"
    )
