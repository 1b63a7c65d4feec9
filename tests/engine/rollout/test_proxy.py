"""The proxy itself is changed under load, its config and its container: no request is lost."""

from __future__ import annotations

import socket
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX
from tests.rig.plan import at_rest, planned
from tests.rig.visitors.browser import answers
from tests.rig.visitors.clients_at import load
from tests.rig.visitors.load import EIGHT, Kind
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.matrix

SITE = "mkt.smarterbot.localhost"
NEW_SITE = {"host": "new.smarterbot.localhost", "service": "smarteros-blogbowl"}
STREAMS = {Kind.SSE, Kind.WEBSOCKET}
MOST_ENDS = 2
"""Of one stream: with the old proxy, and with the one that answered meanwhile."""
LONGEST_WAIT = 3.2
"""Seconds for which a new connection may have to wait."""


def like_the_proxys(dockerd: Dockerd, tag: str, change: str) -> str:
    """The proxy's image with one instruction of a Dockerfile more."""
    made = f"smarter-net/caddy:{tag}"
    image = dockerd.docker("inspect", "-f", "{{.Image}}", dockerd.copy("caddy-proxy")).stdout.strip()
    container = dockerd.docker("create", image).stdout.strip()
    dockerd.docker("commit", "--change", change, container, made)
    dockerd.docker("rm", container)
    return made


def nothing_is_left_of_the_second_one(project: Project, dockerd: Dockerd) -> None:
    """It ends a little after the run."""
    until(lambda: not (project.root / "run" / "standby").exists(), "the second proxy has ended")
    assert not [found["Name"] for found in dockerd.containers() if "standby" in found["Name"]]
    tables = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True).stdout
    assert "smarter_net_standby" not in tables


def up(project: Project) -> str:
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.quiet
def test_a_new_config_loses_no_request_and_cuts_no_stream(deployed: Project) -> None:
    settings = deployed.read()["config"]
    before = settings["smarter-net:sites"]
    # Many new connections: without host/program/proxy/hold.py some are lost in each reload (seen: 19 of 6228 in six).
    with load("smarteros-blogbowl", {**EIGHT, Kind.NEW: 4}, pause=0.05) as outcome:
        for sites in ([*before, NEW_SITE], before, [*before, NEW_SITE]):
            settings["smarter-net:sites"] = sites
            deployed.write(settings)
            assert planned(deployed) == {"caddy-proxy-config": "update"}
            up(deployed)
            assert answers(NEW_SITE["host"]) is (sites is not before)
    assert not outcome.failures, outcome.summary()
    assert not outcome.retried, "a client found its connection closed"
    # The load's own SSE streams end after 30 s; nothing else does.
    assert not outcome.ended, outcome.ended


@pytest.mark.quiet
@pytest.mark.parametrize("change", ["http-port", "memory", "image"])
def test_another_container_loses_no_request_and_touches_no_service(
    deployed: Project, dockerd: Dockerd, change: str
) -> None:
    settings = deployed.read()["config"]
    proxy = settings["smarter-net:proxy"]
    before = {service: dockerd.copy(service) for service in SIX}
    if change == "image":
        proxy["image"] = like_the_proxys(dockerd, "another", "LABEL version=another")
    else:
        proxy[change] = {"http-port": proxy["http-port"] + 1, "memory": "300MiB"}[change]
    deployed.write(settings)
    with load("smarteros-blogbowl", {**EIGHT, Kind.NEW: 4}, pause=0.05) as outcome:
        text = up(deployed)
        nothing_is_left_of_the_second_one(deployed, dockerd)
    assert "caddy-proxy: replaced: a second one answers meanwhile, no request is lost" in text
    print(outcome.summary())
    assert not [failure for failure in outcome.failures if failure.kind not in STREAMS], outcome.summary()
    # A stream that does not end by itself ends with its proxy, between two of its words: its client comes back.
    ends = [failure for failure in outcome.failures if failure.kind in STREAMS]
    assert all("IncompleteReadError 0 bytes" in failure.what for failure in ends), ends
    assert max(Counter(failure.kind for failure in ends).values(), default=0) <= MOST_ENDS, ends
    assert not outcome.retried, "a client found its connection closed"
    assert max(outcome.longest[kind] for kind in (Kind.GET, Kind.NEW)) < LONGEST_WAIT, outcome.summary()
    after = {service: dockerd.copy(service) for service in SIX}
    assert {service for service in SIX if before[service] != after[service]} == {"caddy-proxy"}
    assert at_rest(deployed)


def test_a_port_that_is_taken_or_an_image_that_does_not_run_leaves_the_old_proxy(
    deployed: Project, dockerd: Dockerd
) -> None:
    settings = deployed.read()["config"]
    kept = dict(settings["smarter-net:proxy"])
    serving = dockerd.copy("caddy-proxy")
    not_caddy = dockerd.docker("inspect", "-f", "{{.Config.Image}}", dockerd.copy("n8n")).stdout.strip()
    # `caddy validate` finds nothing wrong with it: only the very start does.
    entry_point = like_the_proxys(dockerd, "entry-point", 'ENTRYPOINT ["caddy"]')
    with load("n8n") as outcome, socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        for wrong, said in (
            ({"http-port": taken}, f"caddy-proxy: port {taken} on 127.0.0.1 is taken by another program"),
            ({"image": not_caddy}, "caddy-proxy: would not start, so the old one stays: "),
            (
                {"image": entry_point},
                'caddy-proxy: would not start, so the old one stays: Error: unknown command "caddy" for "caddy"',
            ),
        ):
            settings["smarter-net:proxy"] = {**kept, **wrong}
            deployed.write(settings)
            result = deployed.operate("up")
            assert result.returncode
            assert said in result.stderr.strip().splitlines()[-1]
            assert dockerd.copy("caddy-proxy") == serving
            assert not [found["Name"] for found in dockerd.containers() if "preflight" in found["Name"]]
    assert not outcome.failures, outcome.summary()
    settings["smarter-net:proxy"] = kept
    deployed.write(settings)
    up(deployed)
    assert dockerd.copy("caddy-proxy") == serving
    assert at_rest(deployed)
