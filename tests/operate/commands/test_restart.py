"""`make restart`: the one container that the engine is told to replace, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.names import CONTAINER, DOCKER_PROVIDER, Part, docker_provider
from operate.commands.restart import others
from operate.engine.container_changes import ADDED, CHANGED, SAME, Change
from tests.operate.commands.conftest import URN

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

PROVIDER = f"{URN}::{DOCKER_PROVIDER}::{docker_provider(Part.HOST)}"


def test_the_services_own_container_is_replaced_and_no_other(desk: Desk) -> None:
    provider = {"urn": PROVIDER, "type": DOCKER_PROVIDER, "id": "p1", "custom": True}
    made = [
        {"urn": f"{URN}::{CONTAINER}::{name}", "type": CONTAINER, "id": id_, "custom": True,
         "provider": f"{PROVIDER}::p1", "outputs": {"name": f"{name}-{id_}", "memory": 0, "restart": ""}}
        for name, id_ in (("n8n", "c1"), ("metabase", "c2"))
    ]  # fmt: skip
    desk.state([provider, *made])
    desk.container("n8n", "c1")
    desk.container("metabase", "c2")
    ended = desk.run("restart", "n8n")
    assert ended.returncode == 0, ended.stderr
    (asked,) = desk.previewed
    assert [words.split()[0] for words in asked.split("--replace")[1:]] == [made[0]["urn"]]
    assert "will be" not in ended.stdout


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("n9n", "SERVICE=n9n: there is no such service; known are caddy-proxy, "),
        ("nexa-runtime", "SERVICE=nexa-runtime: is only planned; set `enabled: true` in services.nexa-runtime first"),
    ],
)
def test_what_does_not_run_is_one_line_before_docker_is_asked(desk: Desk, service: str, said: str) -> None:
    assert desk.refused_at_once("restart", service).startswith(f"error: {said}")


def test_what_else_a_plan_changes_is_one_line() -> None:
    restarted = Change(CHANGED, "n8n", SAME, 2)
    assert others("n8n", [restarted]) == []
    site = Change(ADDED, "site a.b", "opens → n8n", 0)
    memory = Change(CHANGED, "n8n", "memory 1 MiB → 2 MiB", 2)
    assert others("n8n", [site, restarted]) == ["besides n8n, the plan has what was not brought up before: site a.b"]
    assert "before: n8n" in others("n8n", [memory])[0]
