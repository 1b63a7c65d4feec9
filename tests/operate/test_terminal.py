"""Tables: whole in a pipe, and on a terminal as wide as that is, by leaving out columns instead of folding lines."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from operate import terminal
from operate.inspect import health
from operate.inspect.health import Condition
from operate.terminal import headed, show
from tests.config.stacks import topology


def printed(monkeypatch: pytest.MonkeyPatch, width: int, *, terminal_: bool) -> list[str]:
    """Both tables of `make status`, without colors."""
    out = io.StringIO()
    made = Console(file=out, width=width, force_terminal=terminal_, highlight=False, color_system=None)
    monkeypatch.setattr(terminal, "console", made)
    prod = topology("prod")
    names = [prod.proxy.name, *(spec.name for spec in prod.services)]
    image = "docker.n8n.io/n8nio/n8n-and-more:2.41.6".rpartition("/")[2]
    found = [Condition(name, "unhealthy", f"{name}-3f2a1bc", image, "3f2a1bc") for name in names]
    days = {str(site.host): 89.5 for site in prod.sites}
    show(health.services_table("prod", found), spare=health.SPARE)
    show(health.sites_table(prod, found, days), spare=health.SPARE)
    return Text.from_ansi(out.getvalue()).plain.splitlines()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_each_line_fits_the_terminal_and_has_the_health(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = printed(monkeypatch, width, terminal_=True)
    assert max(map(len, lines)) <= width
    assert len([line for line in lines if "unhealthy" in line]) == len(topology("prod").services) + 1 + 5
    assert "api.smarterbot.cl" in "\n".join(lines)


def test_in_a_pipe_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(printed(monkeypatch, 80, terminal_=False))
    assert all(column in text for column in health.SPARE)


def test_no_more_is_left_out_than_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(terminal, "console", Console(file=out, width=20, force_terminal=True, color_system=None))
    table = headed("", "A", "B", "C")
    table.add_row("a" * 6, "b" * 6, "c" * 6)
    show(table, spare=("B", "C"))
    assert "b" not in out.getvalue()
    assert "aaaaaa" in out.getvalue()
    assert "cccccc" in out.getvalue()
