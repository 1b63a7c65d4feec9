"""Pages in a stack file: what is right, and for what is wrong one line that names the key and the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.stackfile import look
from tests.config.checks.test_wrong_stacks import Wrong, is_one_line_with_key_and_cure
from tests.config.stacks import topology

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "large.png": b"x" * (look.LARGEST_LOGO + 1),
    "page.html": b"<html lang={{language}}><title>{{title}}</title>{{text}}</html>",
    "empty.html": b"<html>",
    "latin.html": "{{text}} ñ".encode("latin-1"),
    "long.html": b"{{text}}" * 4096,
}
WRONG = [
    Wrong("name of braces", {"pages": {"name": "{env.HOME}"}}, "pages.name", "without braces"),
    Wrong("name too long", {"pages": {"name": "x" * 61}}, "pages.name", "up to 60 characters"),
    Wrong("name of spaces", {"pages": {"name": " "}}, "pages.name", "on one line"),
    Wrong("color by name", {"pages": {"color": "green"}}, "pages.color", '"#0b6e4f"'),
    Wrong("color without quotes", {"pages": {"color": None}}, "pages.color", ""),
    Wrong("color with more", {"pages": {"color": "#fff;}*{x:y"}}, "pages.color", '"#0b6e4f"'),
    Wrong("no such logo", {"pages": {"logo": "brand.svg"}}, "pages.logo", "as seen from the stack file"),
    Wrong("logo of another kind", {"pages": {"logo": "page.html"}}, "pages.logo", ".svg"),
    Wrong("large logo", {"pages": {"logo": "large.png"}}, "pages.logo", "smaller"),
    Wrong("logo elsewhere", {"pages": {"logo": "../logo.svg"}}, "pages.logo", "as seen from the stack file"),
    Wrong("template without text", {"pages": {"template": "empty.html"}}, "pages.template", "{{text}}"),
    Wrong("template in Latin-1", {"pages": {"template": "latin.html"}}, "pages.template", "UTF-8"),
    Wrong("long template", {"pages": {"template": "long.html"}}, "pages.template", "smaller"),
    Wrong("template that is a folder", {"pages": {"template": "."}}, "pages.template", "as seen from the stack file"),
    Wrong(
        "maintenance in braces", {"sites/0/maintenance": {"text": "{env.HOME}"}}, "sites[0].maintenance.text", "braces"
    ),
    Wrong("long maintenance", {"sites/0/maintenance": {"text": "x" * 301}}, "sites[0].maintenance.text", "up to 300"),
    Wrong("maintenance yes", {"sites/0/maintenance": True}, "sites[0].maintenance", ""),
    Wrong("maintenance blank", {"sites/0/maintenance": None}, "sites[0].maintenance", "remove the line"),
    Wrong(
        "maintenance for all but all",
        {"sites/0/maintenance": {"allow-from": ["0.0.0.0/0"]}},
        "sites[0].maintenance.allow-from",
        "name the addresses",
    ),
    Wrong(
        "maintenance of a redirect",
        {"sites/5": {"host": "www.smarterbot.cl", "redirect-to": "mkt.smarterbot.cl", "maintenance": {}}},
        "sites[5].maintenance",
        "remove it",
    ),
    Wrong("logotype", {"pages": {"logotype": "logo.svg"}}, "pages.logotype", ""),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the files are."""
    monkeypatch.setattr(look, "FOLDER", tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)


@pytest.mark.parametrize("wrong", WRONG, ids=[each.name for each in WRONG])
def test_one_line_names_the_key_and_the_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)


def test_files_are_read_into_the_topology() -> None:
    made = topology("dev", {"pages": {"name": "Ñandú", "logo": "logo.svg", "template": "page.html"}})
    assert made.proxy.pages.logo.startswith("data:image/svg+xml;base64,PHN2Zy")
    assert made.proxy.pages.template == FILES["page.html"].decode()
    assert made.proxy.pages.name == "Ñandú"
