"""`make stop`: what is written, what is said of it from then on, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.commands.stop import others
from operate.engine.container_changes import CHANGED, REMOVED, Change
from operate.stackfile import StackFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operate.commands.conftest import Desk

LINE = "n8n: stopped, as Pulumi.dev.yaml says; `make start SERVICE=n8n` starts it"
TEXT = """\
config:
  smarter-net:services:
    metabase: {}
    n8n:  # the operator's own words
      memory: 1GiB  # so much
"""


def test_it_is_in_the_file_before_the_plan_and_goes_where_that_fails(desk: Desk) -> None:
    desk.run("preview")
    file = desk.project.folder / "Pulumi.dev.yaml"
    before = file.read_bytes()
    desk.preview_ends_with(7)
    ended = desk.run("stop", "n8n")
    assert ended.returncode == 7
    assert "stopped: true" in desk.previewed_file
    assert file.read_bytes() == before


def test_from_then_on_a_plan_and_a_look_at_the_host_say_so(desk: Desk) -> None:
    desk.project.change("n8n", stopped=True)
    for command in ("preview", "drift"):
        assert LINE in desk.run(command).stdout.splitlines()
    shown = desk.run("status").stdout
    assert LINE in shown.splitlines()
    assert next(line.split() for line in shown.splitlines() if line.split()[:1] == ["n8n"])[-2] == "off"
    assert desk.refused("restart", "n8n") == "error: SERVICE=n8n: is stopped; `make start SERVICE=n8n` starts it"


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("n9n", "SERVICE=n9n: there is no such service; known are caddy-proxy, "),
        ("caddy-proxy", "SERVICE=caddy-proxy: every site is behind it; `make down` takes all of them away"),
        ("nexa-runtime", "SERVICE=nexa-runtime: is only planned; set `enabled: true` in services.nexa-runtime first"),
    ],
)
def test_what_cannot_be_stopped_is_one_line_before_docker_is_asked(desk: Desk, service: str, said: str) -> None:
    assert desk.refused_at_once("stop", service).startswith(f"error: {said}")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("service", "line", "with_it"),
    [
        ("metabase", "    metabase: {}\n", "    metabase:\n      stopped: true\n"),
        ("n8n", "      memory: 1GiB  # so much\n", "      memory: 1GiB  # so much\n      stopped: true\n"),
    ],
)
def test_the_file_gets_one_word_and_loses_it_again(
    tmp_path: Path, *, service: str, line: str, with_it: str, ends: str
) -> None:
    text = TEXT.replace("\n", ends)
    stopped = StackFile(tmp_path, text).with_stopped(service, stopped=True)
    assert stopped.text == TEXT.replace(line, with_it).replace("\n", ends)
    assert stopped.with_stopped(service, stopped=False).text == text


def test_what_else_a_plan_changes_is_one_line() -> None:
    expected = {"n8n", "proxy", "site a.b"}
    own = [Change(CHANGED, "site a.b", "n8n → n8n, stopped", 0), Change(REMOVED, "n8n", "is removed (a:1)", 2)]
    assert others("n8n", expected, own) == []
    (line,) = others("n8n", expected, [*own, Change(CHANGED, "metabase", "memory 1 MiB → 2 MiB", 2)])
    assert line.endswith(": metabase")
