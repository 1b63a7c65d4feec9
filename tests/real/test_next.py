"""A real Next.js site behind the proxy: no answer is cut off, and a rollout of it loses no request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.real.next_image import REFERENCE, next_image
from tests.rig.images import load as load_images
from tests.rig.project import HTTPS_PORT
from tests.rig.visitors.browser import insecure_context
from tests.rig.visitors.clients import Client, Lost
from tests.rig.visitors.clients_at import SITE, load
from tests.rig.visitors.load import Kind

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

SERVICE = "smarteros-blogbowl"
POSTS = 3000
CLIENTS = 6
BODY = b"name=Ada&message=Hello"


@pytest.fixture(scope="module")
def site(project: Project, dockerd: Dockerd) -> Project:
    """The dev stack with a real marketing site."""
    load_images(dockerd, next_image())
    project.change(SERVICE, image=REFERENCE, rollout={"settle": "1s", "drain": "3s"})
    up(project)
    return project


def up(project: Project) -> None:
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("way", ["edge", "network", "direct"])
def test_the_answer_to_a_post_is_whole(site: Project, dockerd: Dockerd, way: str) -> None:
    assert site is not None
    context = insecure_context()
    context.set_alpn_protocols(["http/1.1"])
    host, port, tls, address = {
        "edge": (SITE[SERVICE], HTTPS_PORT, context, "127.0.0.1"),
        "network": (SERVICE, 3000, None, address_of(dockerd, "caddy-proxy")),
        # The site alone: what it cuts off itself is not the proxy's.
        "direct": (SERVICE, 3000, None, address_of(dockerd, SERVICE)),
    }[way]
    cut = asyncio.run(posts([Client(host, port, tls, address) for _ in range(CLIENTS)]))
    assert not cut, f"{len(cut)} of {POSTS}, such as {cut[0]}"


async def posts(clients: list[Client]) -> list[str]:
    """Send POSTS short forms, their bodies in a segment of their own; what became of those that failed."""
    failed: list[str] = []

    async def send(client: Client) -> None:
        for turn in range(POSTS // len(clients)):
            try:
                await client.post("/load", BODY + str(turn).encode())
            except Lost as lost:
                failed.append(str(lost))
        client.close()

    await asyncio.gather(*map(send, clients))
    return failed


def address_of(dockerd: Dockerd, service: str) -> str:
    """Where a service's container is on the stack's network."""
    (found,) = dockerd.copies(service)
    address: str = found["NetworkSettings"]["Networks"]["smarter-net"]["IPAddress"]
    return address


def test_its_rollout_loses_no_get_and_no_post(site: Project, dockerd: Dockerd) -> None:
    clients = {Kind.GET: 2, Kind.NEW: 1, Kind.POST: 4, Kind.SLOW: 1}
    with load(SERVICE, clients) as outcome:
        site.change(SERVICE, environment={"TURN": "1"})
        up(site)
    assert not outcome.failures, outcome.summary()
    assert outcome.requests[Kind.GET] > 100
    assert outcome.requests[Kind.POST] > 100
    assert dockerd.running()[SERVICE] == 1
