"""`make outdated`: newer tags from a registry of the tests' own, in a table that fits, whatever a registry refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.commands.outdated import outdated
from operate.stack import Stack
from tests.rig.internet.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STACK_FILE = """\
config:
  smarter-net:host: {{connection: local}}
  smarter-net:certificates: internal
  smarter-net:images: stand-in
  smarter-net:proxy: {{image: "{host}/proxy/caddy:2.11.4-alpine", http-port: 8080, https-port: 8443}}
  smarter-net:sites: [{{host: mkt.smarterbot.localhost, service: smarteros-blogbowl}}]
  smarter-net:services:
    smarteros-blogbowl: {{image: "{host}/team/a-name-that-is-as-long-as-names-of-images-are/blogbowl:1.4.0"}}
    n8n: {{image: "{host}/n8nio/n8n:2.41.6@sha256:{zeros}"}}
    n8n-runners: {{enabled: false}}
    metabase: {{enabled: false, image: "{host}/metabase:latest"}}
"""
TAGS = {
    "proxy/caddy": {"2.11.5", "2.11.4-alpine", "2.11.6-alpine", "3.0.0-rc.1-alpine"},
    "team/a-name-that-is-as-long-as-names-of-images-are/blogbowl": {"1.4.0"},
    "n8nio/n8n": {"2.41.6", "2.41.10", "2.43.0", "3.0.0-rc.1", "3.1.0", "next"},
    "metabase": {"latest", "1"},
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with Registry(tags={name: set(tags) for name, tags in TAGS.items()}, page=2) as running:
        yield running


@pytest.fixture
def stack(tmp_path: Path, registry: Registry) -> Stack:
    text = STACK_FILE.format(host=registry.host, zeros="0" * 64)
    (tmp_path / "Pulumi.test.yaml").write_text(text)
    return Stack("test", tmp_path)


def rows(shown: str) -> list[list[str]]:
    """The lines below the table's head."""
    return [line.split() for line in shown.partition("──")[2].splitlines()[1:] if line.strip() and line[0] == " "]


@pytest.mark.usefixtures("registry")
def test_the_newest_of_each_kind_of_change_is_a_line(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    before = stack.file.read_text()
    assert outdated(stack) == 0
    shown = capsys.readouterr().out
    assert rows(shown) == [
        ["proxy", "2.11.4-alpine", "2.11.6-alpine", "patch"],
        ["smarteros-blogbowl", "1.4.0", "-", "none"],
        ["n8n", "2.41.6", "2.41.10", "patch"],
        ["2.43.0", "minor"],
        ["3.1.0", "major"],
        ["metabase", "latest", "-", "no", "version"],
    ]
    assert max(map(len, shown.splitlines())) <= 80
    assert stack.file.read_text() == before


def test_an_image_that_cannot_be_asked_for_is_named_and_the_rest_is_shown(
    stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    del registry.tags["n8nio/n8n"]
    registry.private.add("metabase")
    assert outdated(stack) == 1
    shown = capsys.readouterr().out
    assert ["proxy", "2.11.4-alpine", "2.11.6-alpine", "patch"] in rows(shown)
    assert ["n8n", "2.41.6", "?", "not", "known"] in rows(shown)
    n8n, metabase = [line for line in shown.splitlines() if line.startswith("• ")]
    assert n8n.startswith(f"• services.n8n.image: {registry.host}/n8nio/n8n: not found, ")
    assert metabase.startswith(f"• services.metabase.image: {registry.host}/metabase: ")
    assert "refuses it as unauthorised; check the name; if it is private, run `docker login " in metabase


def test_a_stack_of_stand_ins_has_nothing_to_ask_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(line for line in STACK_FILE.splitlines() if "image:" not in line)
    text += "\n    metabase: {{}}\n  smarter-net:proxy: {{http-port: 8080, https-port: 8443}}\n"
    (tmp_path / "Pulumi.test.yaml").write_text(text.format())
    assert outdated(Stack("test", tmp_path)) == 0
    assert capsys.readouterr().out == "test: no image of it comes from a registry.\n"
