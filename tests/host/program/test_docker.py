"""Docker's own words for a daemon that is gone, and no other program's."""

from __future__ import annotations

import pytest

from host.program.docker import GONE, Container, _digest


@pytest.mark.parametrize(
    "said",
    [
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        'error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/containers/json": EOF',
        "unexpected EOF",
        "error: unexpected EOF",
        "read unix @->/var/run/docker.sock: read: connection reset by peer",
    ],
)
def test_it_is_gone(said: str) -> None:
    assert GONE.search(said)


@pytest.mark.parametrize(
    "said",
    [
        "wget: error getting response: Connection reset by peer",
        "wget: can't connect to remote host (203.0.113.9): Connection refused",
        'Error: sending configuration to instance: Post "http://127.0.0.1/load": unexpected EOF',
        "Error response from daemon: connection reset by peer",
        "n8n: cannot connect to the docker daemon",
    ],
)
def test_it_answers(said: str) -> None:
    assert not GONE.search(said)


def test_what_was_never_started_and_has_no_labels_is_read() -> None:
    found = {
        "Id": "0", "Name": "/n", "State": {"Running": False}, "Config": {"Labels": None},
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "81/tcp": None}},
    }  # fmt: skip
    container = Container.of(found)
    assert not container.release
    assert container.published == {8080}


def test_an_image_with_a_tag_and_a_digest_is_listed_by_its_digest() -> None:
    assert _digest("registry.example:5000/n8nio/n8n:1.2@sha256:0") == "registry.example:5000/n8nio/n8n@sha256:0"
