"""`make tunnel`: which port it is, here and there, and what is refused before one is opened."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from host.errors import OperatorError
from operate.commands.tunnel import ports

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


@pytest.mark.parametrize(
    ("asked", "found"), [("", (5678, 5678)), ("8080", (8080, 5678)), ("8080:9000", (8080, 9000)), ("1", (1, 5678))]
)
def test_one_number_is_the_port_here(asked: str, found: tuple[int, int]) -> None:
    assert ports(asked, 5678) == found


@pytest.mark.parametrize("asked", ["0", "65536", "web", "8080:", "8080:0", ":80", "80 81", "-1"])
def test_what_is_no_port_is_one_line(asked: str) -> None:
    with pytest.raises(OperatorError) as refused:
        ports(asked, 5678)
    assert str(refused.value) == (
        f"PORT={asked}: is no port; write 8080, or 8080:9000 for another port of the container's"
    )


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("n9n", "SERVICE=n9n: there is no such service; known are caddy-proxy, "),
        ("nexa-runtime", "SERVICE=nexa-runtime: is only planned; set `enabled: true` in services.nexa-runtime first"),
        ("caddy-proxy", "SERVICE=caddy-proxy: its ports are open already; name a service behind it"),
    ],
)
def test_what_has_no_port_to_lead_to_is_one_line_before_docker_is_asked(desk: Desk, service: str, said: str) -> None:
    assert desk.refused_at_once("tunnel", service).startswith(f"error: {said}")


def at(desk: Desk, address: str) -> None:
    """Let n8n have a container with that address."""
    desk.container("n8n")
    desk.world["containers"][0]["NetworkSettings"]["Networks"] = {"smarter-net": {"IPAddress": address}}


def test_a_port_that_is_taken_is_one_line(desk: Desk) -> None:
    at(desk, "127.0.0.2")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = desk.refused("tunnel", "n8n", "--port", str(port))
    assert line == f"error: PORT={port}: another program of this machine listens there; name another port"


def test_a_container_that_does_not_answer_is_one_line(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    at(desk, "127.0.0.2")
    line = desk.refused("tunnel", "n8n", "--port", f"{port}:{port}")
    assert line.startswith(f"error: tunnel: 127.0.0.2 port {port} does not answer; look at PORT=")


def test_a_container_without_an_address_is_one_line(desk: Desk) -> None:
    at(desk, "")
    assert desk.refused("tunnel", "n8n") == "error: n8n: its container is on no network; `make up` puts it on its own"
