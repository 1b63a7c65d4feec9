"""What a neighbour on the network meets at the names of the services, through a real Caddy."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.render.caddy import BEHIND, STATUS_ADDRESS, render
from tests.config.render.running import Running, running
from tests.config.render.test_caddy_access import basic
from tests.config.stacks import HASH, PASSWORD, topology

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(topology("prod"), tmp_path_factory.mktemp("caddy"), logins=HASH) as found:
        yield found


def ask(proxy: Running, name: str, port: int, path: str = "/", **headers: str) -> tuple[int, str]:
    """What a neighbour gets from `name` and that port."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.ports[f"network-{port}"], timeout=30)
    connection.request("GET", path, headers={"Host": f"{name}:{port}", **headers})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize("path", ["/", "/api/trpc/settings.health", "/dashboard"])
def test_what_commands_the_host_asks_a_neighbour_for_its_sites_password(proxy: Running, path: str) -> None:
    status, body = ask(proxy, "dokploy", 3000, path)
    assert status == 401
    assert "<html" in body
    assert ask(proxy, "dokploy", 3000, path, Authorization=basic("ops", PASSWORD[::-1]))[0] == 401
    status, body = ask(proxy, "dokploy", 3000, path, Authorization=basic("ops", PASSWORD))
    assert status == 200
    assert "Authorization" not in dict(json.loads(body)["headers"])


@pytest.mark.parametrize(
    ("name", "port"), [("smarteros-blogbowl", 3000), ("n8n", 5678), ("metabase", 3001), ("n8n-runners", 5680)]
)
def test_the_others_are_reached_by_name_and_port_as_the_spec_says(proxy: Running, name: str, port: int) -> None:
    assert ask(proxy, name, port)[0] == 200


def test_without_a_site_there_is_nothing_to_ask_and_no_neighbour_gets_in(tmp_path: Path) -> None:
    prod = topology("prod")
    alone = replace(prod, sites=tuple(site for site in prod.sites if site.service != "dokploy"))
    with running(alone, tmp_path, logins=HASH) as proxy:
        assert ask(proxy, "dokploy", 3000)[0] == 403
        assert ask(proxy, "smarteros-blogbowl", 3000)[0] == 200


def test_this_machine_alone_looks_behind_the_password() -> None:
    servers = json.loads(render(topology("prod")))["apps"]["http"]["servers"]
    behind = {name for name, server in servers.items() if f'"{BEHIND}dokploy/*"' in json.dumps(server)}
    assert behind == {"status"}
    assert servers["status"]["listen"][0] == STATUS_ADDRESS
