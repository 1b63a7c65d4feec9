"""n8n's own router behind the proxy: what passes a password reaches a webhook, or what has a password of its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.catalog.services import N8N
from tests.config.render.path_forms import HONEST, PUBLIC, TABLE
from tests.config.render.test_caddy_access import OPS, PLAIN, basic, site
from tests.config.render.test_caddy_paths import ask
from tests.config.stacks import PASSWORD
from tests.real.programs import n8n, node

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTER = Path(__file__).parent / "n8n_router.js"
GIVEN = replace(PLAIN, private_paths=N8N.private_paths, public_paths=N8N.public_paths, logins=(OPS,))
TRICK = "/rest/users/..%2f..%2fwebhook%2fx"
BARE = ("/webhook", "/webhook/", "/webhook?x=1")
"""Nothing is registered there: n8n answers with its editor's page, which holds no data."""


@pytest.fixture(scope="module")
def router() -> Iterator[int]:
    """The port of n8n's router, with the express of its own lock file."""
    command = [str(node() / "bin" / "node"), str(ROUTER), str(n8n())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def test_what_the_router_gets_without_a_password_it_takes_for_public(router: int, tmp_path: Path) -> None:
    with site(GIVEN, tmp_path, service_port=router) as port:
        answers = {form: ask(port, form) for form in TABLE}
    reached = {form: json.loads(body)["route"] for form, (status, body) in answers.items() if status == PUBLIC}
    assert {form: route for form, route in reached.items() if route != "public"} == dict.fromkeys(BARE, "editor")
    assert set(reached) == set(HONEST)


def test_no_form_reaches_the_figures_with_a_password_either(router: int, tmp_path: Path) -> None:
    with site(GIVEN, tmp_path, service_port=router) as port:
        answers = {form: ask(port, form, basic("ops", PASSWORD)) for form in TABLE}
    assert [form for form, (_, body) in answers.items() if '"route":"metrics"' in body] == []


def test_the_trick_is_one_that_the_router_falls_for(router: int, tmp_path: Path) -> None:
    """Without a proxy that refuses it, it is a user's record."""
    assert json.loads(ask(router, TRICK)[1])["route"] == "user"
    with site(GIVEN, tmp_path, service_port=router) as port:
        assert ask(port, TRICK)[0] == 401
