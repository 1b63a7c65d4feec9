"""The spec's names and ports, seen from inside smarter-net."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX
from tools.images import references

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd

pytestmark = pytest.mark.usefixtures("standing")

PORTS = {"smarteros-blogbowl": 3000, "n8n": 5678, "metabase": 3001, "nexa-runtime": 8080, "dokploy": 3000}


def from_inside(dockerd: Dockerd, url: str) -> tuple[int, str]:
    """Exit code and answer of a GET by a container of another project on the network."""
    stranger = ["run", "--rm", "--network", "smarter-net", "--entrypoint", "/usr/bin/wget", references().standin]
    result = dockerd.docker(*stranger, "-q", "-T", "5", "-O", "-", url, check=False)
    return result.returncode, result.stdout + result.stderr


def test_exactly_the_six_containers_of_the_spec_run(dockerd: Dockerd) -> None:
    assert dockerd.running() == dict.fromkeys(SIX, 1)
    assert len(dockerd.containers()) == len(SIX)


def test_all_of_them_are_on_smarter_net_and_on_no_other_network(dockerd: Dockerd) -> None:
    assert {tuple(found["NetworkSettings"]["Networks"]) for found in dockerd.containers()} == {("smarter-net",)}


def test_the_network_is_a_bridge(dockerd: Dockerd) -> None:
    (network,) = json.loads(dockerd.docker("network", "inspect", "smarter-net").stdout)
    assert network["Driver"] == "bridge"


@pytest.mark.parametrize(("service", "port"), PORTS.items())
def test_any_container_on_the_network_reaches_a_service_by_its_spec_name_and_port(
    dockerd: Dockerd, service: str, port: int
) -> None:
    code, answer = from_inside(dockerd, f"http://{service}:{port}/headers")
    assert code == 0, answer
    assert json.loads(answer)["service"] == service


def test_the_proxy_keeps_its_exact_name(dockerd: Dockerd) -> None:
    (proxy,) = dockerd.copies("caddy-proxy")
    assert proxy["Name"] == "/caddy-proxy"
    assert from_inside(dockerd, "http://caddy-proxy:3001/api/health")[0] == 0


@pytest.mark.parametrize("port", [2019, 2020])
def test_nobody_on_the_network_can_change_the_proxys_config(dockerd: Dockerd, port: int) -> None:
    code, answer = from_inside(dockerd, f"http://caddy-proxy:{port}/config/")
    assert code != 0
    assert "refused" in answer


def test_only_the_proxy_publishes_ports(dockerd: Dockerd) -> None:
    published = {
        found["Config"]["Labels"]["smarter-net.service"]: {
            (binding["HostIp"], binding["HostPort"])
            for bindings in found["NetworkSettings"]["Ports"].values()
            for binding in bindings or []
        }
        for found in dockerd.containers()
    }
    assert published.pop("caddy-proxy") == {("127.0.0.1", port) for port in ("28080", "28443", "3002")}
    assert not any(published.values())
