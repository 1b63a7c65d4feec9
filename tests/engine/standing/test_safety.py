"""The safety profile, as Docker itself reports it of every container."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import SIX

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd

pytestmark = [pytest.mark.usefixtures("standing"), pytest.mark.parametrize("service", sorted(SIX))]


def test_it_has_a_memory_limit_and_no_swap(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    assert found["HostConfig"]["Memory"] == found["HostConfig"]["MemorySwap"] > 0


def test_it_has_no_rights_beyond_those_it_needs(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    host = found["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert (host["CapAdd"] or []) == (["CAP_NET_BIND_SERVICE"] if service == "caddy-proxy" else [])
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert not host["Privileged"]
    assert host["PidMode"] == ""
    assert not host["NetworkMode"].startswith("host")


def test_a_service_cannot_fill_the_host_with_processes(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    limit = found["HostConfig"]["PidsLimit"]
    assert limit == 2048


def test_the_proxy_cannot_change_its_own_programs(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    assert found["HostConfig"]["ReadonlyRootfs"] is (service == "caddy-proxy")


def test_it_cannot_reach_the_docker_socket(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    assert not [mount for mount in found["Mounts"] if "docker.sock" in mount["Source"]]


def test_it_starts_again_by_itself_and_reaps_what_it_leaves(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    assert found["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    # By Docker's init process, or by the image's own.
    own = found["Config"]["Entrypoint"] and found["Config"]["Entrypoint"][0].endswith("tini")
    assert bool(found["HostConfig"]["Init"]) is not bool(own)


def test_its_log_cannot_fill_the_disk(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    assert found["HostConfig"]["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


def test_it_is_asked_for_its_health_and_is_asked_to_stop_before_it_is_killed(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    assert found["Config"]["Healthcheck"]["Test"][0] == "CMD"
    assert found["Config"]["StopTimeout"] >= 5


def test_it_says_whose_it_is(dockerd: Dockerd, service: str) -> None:
    (found,) = dockerd.copies(service)
    labels = found["Config"]["Labels"]
    assert labels["smarter-net.stack"] == "dev"
    if service != "caddy-proxy":
        assert len(labels["smarter-net.release"]) == 7
