"""What the tests of the program on the host have in Docker's place answers as the real one, with a real proxy."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from host.labels import RELEASE, SERVICE, STACK
from host.program.clock import Clock
from host.program.docker import Docker
from host.program.proxy.hold import RULES
from tests.host.program.contract import holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.matrix

OF = "contract"
"""A stack of the test's own."""


@pytest.fixture
def container(deployed: Project, dockerd: Dockerd) -> Iterator[str]:  # noqa: ARG001  it is up
    """A copy of n8n that was never started, on the network of a stack that is up."""
    image = dockerd.docker("inspect", "-f", "{{.Config.Image}}", dockerd.copy("n8n")).stdout.strip()
    labels = [f"--label={key}={value}" for key, value in ((STACK, OF), (SERVICE, "n8n"), (RELEASE, "0123456"))]
    made = dockerd.docker("create", "--network=smarter-net", "--env=PORT=5678", *labels, image).stdout.strip()
    yield made
    dockerd.docker("rm", "--force", made)


def test_docker(container: str, dockerd: Dockerd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", dockerd.host)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    docker = Docker(Clock())
    holds(docker, container, OF)
    found = docker.find(container)
    assert found is not None
    assert found.release == "0123456"
    # The same image by its name and by its tag and digest in one.
    image = dockerd.docker("inspect", "-f", "{{.Config.Image}}", container).stdout.strip()
    assert docker.images(["no-such-image:1", image]) == [image]


def test_nft_takes_the_rules_that_hold_new_connections() -> None:
    """What loads them has no listener, and without them a reload of the proxy now and then loses a request."""
    checked = subprocess.run(
        ["nft", "--check", "--file", "-"], input=RULES, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
