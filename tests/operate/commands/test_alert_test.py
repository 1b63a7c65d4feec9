"""`make alert-test`: what Alertmanager is handed, and where there is none. That it arrives: tests/engine/watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.config.render.watch.stacks import TELL

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

WEBHOOK = {"webhook": {"url": "https://hooks.example.com/x"}, "ntfy": {"url": TELL["ntfy"]["url"]}}


def watch(desk: Desk) -> None:
    desk.project.write({**desk.project.read()["config"], "smarter-net:watch": {"tell": WEBHOOK}})


def test_an_alert_is_handed_over_and_every_way_out_is_named(desk: Desk) -> None:
    watch(desk)
    desk.container("alertmanager", "a1")
    desk.world["serving"] = True
    ended = desk.run("alert-test")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("A message is on its way by webhook, ntfy, and a minute later")
    (asked,) = [words for words in desk.asked if "--env" in words]
    assert asked[4:9] == ["a1", "amtool", "--alertmanager.url=http://127.0.0.1:9093", "alert", "add"]
    assert "stack=dev" in asked


def test_one_that_is_not_taken_says_where_to_look(desk: Desk) -> None:
    watch(desk)
    desk.container("alertmanager", "a1")
    desk.world |= {"serving": True, "ends": 1}
    said = "error: alertmanager: takes no alert; `make logs SERVICE=alertmanager` shows why"
    assert desk.refused("alert-test") == said


def test_without_a_watch_it_is_one_line(desk: Desk) -> None:
    said = "error: watch.tell: is missing, so no message could be sent; add who is told (docs/watching.md)"
    assert desk.refused_at_once("alert-test") == said
