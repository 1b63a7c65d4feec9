"""Docker's JSON as values: as it shows a container of ours, and one that has nothing of what is optional."""

from __future__ import annotations

from typing import Any

from host.docker_objects import Binding, Container, Image, Network, Volume

LABELS = {"smarter-net.stack": "prod", "smarter-net.service": "n8n", "smarter-net.release": "1a2b3c4"}
SHOWN: dict[str, Any] = {
    "Id": "0f3b",
    "Name": "/n8n-1a2b3c4",
    "Created": "2026-11-24T10:00:00.123456789Z",
    "Image": "sha256:77",
    "State": {
        "Status": "running", "Running": True, "Paused": False, "StartedAt": "2026-11-24T10:00:01Z",
        "Health": {"Status": "healthy", "Log": []},
    },
    "Config": {"Image": "n8nio/n8n:2.41.1@sha256:88", "Env": ["A=1", "B=x=y"], "Labels": LABELS},
    "HostConfig": {
        "Memory": 1073741824, "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
        "PortBindings": {"443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "443"}], "80/tcp": [{"HostPort": ""}]},
    },
    "NetworkSettings": {
        "Networks": {"smarter-net": {"NetworkID": "ab12"}},
        "Ports": {"443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "443"}], "80/tcp": None},
    },
    "Mounts": [
        {"Type": "volume", "Name": "n8n-data", "Source": "/var/lib/docker/volumes/n8n-data/_data", "Destination": "/d"},
        {"Type": "bind", "Source": "/etc/dokploy", "Destination": "/etc/dokploy"},
    ],
}  # fmt: skip


def test_a_container() -> None:
    found = Container.of(SHOWN)
    assert (found.id, found.name, found.service, found.release) == ("0f3b", "n8n-1a2b3c4", "n8n", "1a2b3c4")
    assert (found.image, found.image_id) == ("n8nio/n8n:2.41.1@sha256:88", "sha256:77")
    assert (found.running, found.serves, found.health) == (True, True, "healthy")
    assert (found.memory, found.restart, found.variables) == (1 << 30, "unless-stopped", ("A=1", "B=x=y"))
    assert found.networks == {"smarter-net": "ab12"}
    assert found.mounts == {"/d": "n8n-data", "/etc/dokploy": "/etc/dokploy"}
    assert found.asked == (Binding("127.0.0.1", "443"), Binding("", ""))
    assert found.bound == {443}


def test_one_that_has_nothing_of_what_is_optional() -> None:
    nothing = {
        "Config": {"Image": "x", "Env": None, "Labels": None},
        "HostConfig": {"PortBindings": None},
        "NetworkSettings": {"Networks": {"host": {}}, "Ports": None},
        "State": {"Running": True, "Paused": True, "StartedAt": "0001-01-01T00:00:00Z"},
        "Mounts": [],
    }
    found = Container.of(SHOWN | nothing)
    assert (found.service, found.release, found.health, found.variables) == ("", "", "", ())
    assert (found.running, found.serves, found.asked, found.bound) == (True, False, (), frozenset())


def test_the_others() -> None:
    image = {"Id": "sha256:77", "Config": {"Env": ["PATH=/bin"], "Volumes": {"/data": {}}}}
    assert Image.of(image) == Image("sha256:77", ("PATH=/bin",), frozenset({"/data"}))
    assert Image.of(image).config == image["Config"]
    assert Image.of({"Id": "sha256:78", "Config": {"Env": None, "Volumes": None}}) == Image("sha256:78")
    assert Network.of({"Id": "ab12", "Name": "smarter-net", "Containers": {}}).empty
    assert not Network.of({"Id": "ab12", "Name": "smarter-net", "Containers": {"0f3b": {}}}).empty
    assert Volume.of({"Name": "n8n-data", "Labels": None}) == Volume("n8n-data", {})
