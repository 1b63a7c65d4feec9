"""The spec calls the network external: one that is there already is used, and stays whose it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import clear
from tests.engine.conftest import SIX
from tests.rig.plan import at_rest
from tests.rig.visitors.browser import https
from tools.images import references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project


def network(dockerd: Dockerd) -> dict[str, Any]:
    (found,) = json.loads(dockerd.docker("network", "inspect", "smarter-net").stdout)
    return {key: found[key] for key in ("Id", "Created", "Labels", "Options", "IPAM")}


@pytest.fixture
def foreign(dockerd: Dockerd) -> Iterator[str]:
    """A network of another project, with a container of its own on it."""
    dockerd.docker("network", "create", "--label", "owner=another", "smarter-net")
    image = references().standin
    made = dockerd.docker("run", "--detach", "--network", "smarter-net", "--name", "theirs", "-e", "PORT=8080", image)
    yield made.stdout.strip()
    clear(dockerd)
    dockerd.docker("network", "rm", "smarter-net", check=False)


def test_a_network_that_is_there_already_is_used_and_neither_changed_nor_deleted(
    project: Project, dockerd: Dockerd, foreign: str
) -> None:
    before = network(dockerd)
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert network(dockerd) == before
    assert https("api.smarterbot.localhost").status == 200
    theirs = dockerd.docker("exec", "theirs", "/usr/bin/wget", "-q", "-O", "-", "http://n8n:5678/headers")
    assert json.loads(theirs.stdout)["service"] == "n8n"
    assert at_rest(project)

    down = project.operate("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert network(dockerd) == before
    (left,) = dockerd.containers()
    assert left["Id"] == foreign
    assert left["State"]["Running"]


def test_an_external_network_that_is_not_there_is_one_line(project: Project, dockerd: Dockerd) -> None:
    settings = project.read()["config"]
    settings["smarter-net:network"] = {"external": True}
    project.write(settings)
    result = project.operate("up")
    assert result.returncode != 0
    assert "Traceback" not in result.stdout + result.stderr
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: network.external: there is no network smarter-net on the host")
    assert "docker network create smarter-net" in last
    assert not SIX & set(dockerd.running())
