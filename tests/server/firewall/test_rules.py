"""The firewall as the outside sees it: real nft, Docker, sshd; looked at from another network namespace."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.rig.servers.firewall import SCAN, Firewall, ruleset
from tests.rig.servers.server import ADDRESS, ADDRESS6, STRANGER, STRANGER6, Internet, Server
from tests.rig.wait import until
from tools.images import references

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.matrix

OPEN = {22, 80, 443}
USUAL = (*range(1, 1025), 2375, 2376, 2377, 3000, 3002, 3306, 5432, 5678, 6379, 7946, 8080, 8081, 8443, 9000, 27017)
USUAL_UDP = (53, 67, 68, 69, 123, 137, 161, 443, 500, 546, 1194, 1900, 4500, 4789, 5353, 7946, 11211, 51820)
ANSWERING_UDP = {53, 443, 5353}
CONTAINERS = {"caddy-proxy": (8080, ("80", "443")), "mistake": (8080, ("5432",)), "inside": (80, ("127.0.0.1:9000",))}
"""What runs on the server: the port that it listens on, and those that it is published on."""
WITHOUT = OPEN | {5432, 8081}


def create_network(server: Server) -> None:
    """One whose containers answer who routes to their own addresses.

    Docker 28 closes that by itself, unless it is asked not to. Earlier ones have no such option and ignore it.
    """
    open_ = "com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected"
    server.docker("network", "create", "--opt", open_, "smarter-net")


@pytest.fixture(scope="module")
def firewall(internet: Internet, server: Server) -> Firewall:
    """A server that publishes more than it should, in every way that one can."""
    image = references().standin
    create_network(server)
    for name, (port, published) in CONTAINERS.items():
        publish = [argument for each in published for argument in ("--publish", f"{each}:{port}")]
        options = ("--detach", "--restart=always", "--network=smarter-net", f"--env=PORT={port}", *publish)
        server.docker("run", *options, "--name", name, image)
    server.start(sys.executable, "-m", "http.server", "8081", "--bind", "::")
    server.start(sys.executable, SCAN, "echo", "::", *map(str, ANSWERING_UDP))
    firewall = Firewall(internet, server)
    until(lambda: firewall.tcp(server.address6, *USUAL) == WITHOUT, "the server is wide open")
    return firewall


@pytest.fixture(autouse=True)
def _nothing_yet(firewall: Firewall) -> None:
    firewall.remove()


def container_address(server: Server, name: str) -> str:
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return server.docker("inspect", "--format", template, name).stdout.strip()


def direct(firewall: Firewall) -> set[str]:
    """The containers that can be reached by who routes to their own addresses through the server."""
    server = firewall.server
    firewall.internet.run("ip", "route", "replace", "203.0.113.0/24", "via", server.address)
    return {name for name, (port, _) in CONTAINERS.items() if firewall.tcp(container_address(server, name), port)}


def test_without_it_much_is_open(firewall: Firewall) -> None:
    """What makes the tests below worth something: all that they find closed answers here."""
    server = firewall.server
    assert firewall.tcp(server.address) == WITHOUT
    assert firewall.tcp(server.address6) == WITHOUT
    assert firewall.udp(server.address, *USUAL_UDP) == ANSWERING_UDP
    assert firewall.udp(server.address6, *USUAL_UDP) == ANSWERING_UDP
    assert direct(firewall) == set(CONTAINERS)
    assert firewall.lets_in(STRANGER)
    assert firewall.lets_in(STRANGER6)


def assert_closed(firewall: Firewall, *ports: int) -> None:
    """Nothing is open but what has to be. Without `ports` every single TCP port is tried."""
    server = firewall.server
    assert firewall.tcp(server.address, *ports) == OPEN
    assert firewall.tcp(server.address6, *ports) == OPEN
    assert firewall.udp(server.address, *USUAL_UDP) == set()
    assert firewall.udp(server.address6, *USUAL_UDP) == set()
    assert direct(firewall) == set()
    assert firewall.lets_in(ADDRESS)
    assert firewall.lets_in(ADDRESS6)
    assert not firewall.lets_in(STRANGER)
    assert not firewall.lets_in(STRANGER6)


def test_nothing_else_is_open_on_any_port(firewall: Firewall) -> None:
    firewall.up(ruleset())
    assert_closed(firewall)


def restart_docker(firewall: Firewall) -> None:
    firewall.server.restart_dockerd()


def apply_again(firewall: Firewall) -> None:
    assert firewall.apply(ruleset()).stdout == "unchanged\n"
    firewall.up(ruleset({"firewall/interfaces": ["wg0"]}))
    firewall.up(ruleset())


def make_the_network_anew(firewall: Firewall) -> None:
    server = firewall.server
    for name in CONTAINERS:
        server.docker("network", "disconnect", "smarter-net", name)
    server.docker("network", "rm", "smarter-net")
    create_network(server)
    for name in CONTAINERS:
        server.docker("network", "connect", "smarter-net", name)


def publish_one_more(firewall: Firewall) -> None:
    firewall.server.docker("run", "--detach", "--rm", "--publish", "6379:8080", references().standin)


@pytest.mark.parametrize("event", [restart_docker, apply_again, make_the_network_anew, publish_one_more])
def test_it_stays_so(firewall: Firewall, event: Callable[[Firewall], None]) -> None:
    firewall.up(ruleset())
    event(firewall)
    until(lambda: firewall.tcp(firewall.server.address, 80, 443) == {80, 443}, "the sites are back")
    assert_closed(firewall, *USUAL)


def asks(server: Server, url: str) -> bool:
    """Whether a container gets an answer."""
    ask = ("exec", "inside", "/standin", "wget", "-q", "-T", "2", "-O", "-", url)
    return not server.docker(*ask, check=False).returncode


def test_containers_reach_each_other_and_the_outside(firewall: Firewall, tmp_path: Path) -> None:
    firewall.up(ruleset())
    serve = (sys.executable, "-m", "http.server", "8000", "--directory", str(tmp_path))
    firewall.internet.start(*serve, log=tmp_path / "log")
    until(lambda: asks(firewall.server, "http://mistake:8080/healthz"), "another container answers")
    until(lambda: asks(firewall.server, f"http://{ADDRESS}:8000/"), "the outside answers")


FROM_INSIDE = (22, 80, 443, 2377, 5432, 7946, 8081)
"""SSH, the proxy, a container that is published by mistake, the swarm, a program of the server's own."""


def reached(server: Server, container: str, address: str) -> set[int]:
    """The ports of an address that a container reaches."""
    pid = server.docker("inspect", "--format", "{{.State.Pid}}", container).stdout.strip()
    line = ["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, SCAN, "tcp", address, *map(str, FROM_INSIDE)]
    return set(map(int, subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()))


def gateways(server: Server, *networks: str) -> list[str]:
    """The server's addresses in those networks; none before each of them is there."""
    template = "{{range .IPAM.Config}}{{.Gateway}} {{end}}"
    asked = server.docker("network", "inspect", "--format", template, *networks, check=False)
    return [] if asked.returncode else asked.stdout.split()


def test_containers_reach_what_is_published_and_nothing_else_of_the_server(firewall: Firewall) -> None:
    server = firewall.server
    # As one from before has it: for every address.
    server.docker("swarm", "init", "--advertise-addr", server.address)
    server.docker("network", "create", "--ipv6", "--subnet", "fd00:77::/64", "six")
    server.docker("run", "--detach", "--rm", "--name", "six", "--network", "six", references().standin)
    try:
        # A swarm's bridge comes a moment after the swarm.
        networks = ("smarter-net", "bridge", "docker_gwbridge")
        own = until(partial(gateways, server, *networks), "the swarm has its bridge")
        assert len(own) >= 3
        tried = [*((container, each) for container in ("inside", "six") for each in (server.address, *own)),
                 ("six", server.address6), ("six", "fd00:77::1")]  # fmt: skip
        for container, address in tried:
            # An address over IPv6 is its container's a second or two after its start.
            all_open = partial(lambda *way: reached(server, *way) >= {22, 2377, 7946, 8081}, container, address)
            until(all_open, f"{container} reaches {address}", seconds=20)
        firewall.up(ruleset())
        for container, address in tried:
            found = reached(server, container, address)
            assert found <= {80, 443}, (container, address)
            if address in {server.address, server.address6}:
                assert found == {80, 443}, (container, address)
    finally:
        firewall.remove()
        server.docker("rm", "--force", "six")
        server.docker("network", "rm", "six")
        server.docker("swarm", "leave", "--force")


def test_a_services_direct_port(firewall: Firewall) -> None:
    server = firewall.server
    server.docker("run", "--detach", "--rm", "--name", "direct", "--publish", "3002:8080", references().standin)
    bound = {"services/smarteros-blogbowl/direct-port": 3002}
    firewall.up(ruleset(bound))
    assert firewall.tcp(server.address, *USUAL) == OPEN
    firewall.up(ruleset(bound | {"services/smarteros-blogbowl/direct-address": "0.0.0.0"}))
    assert firewall.tcp(server.address, *USUAL) == OPEN | {3002}
