"""A server's disk is full: one line names it, what serves goes on serving, and the next `up` with room heals."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rig.plan import at_rest
from tests.rig.servers.disk import PAGE, Disk
from tests.rig.servers.remote import staging_up, up, visit

if TYPE_CHECKING:
    import subprocess

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.drawn(2, "servers", whole=True)
SITES = {"mkt.smarterbot.store": "smarteros-blogbowl", "dokploy.smarterbot.store": "dokploy"}
"""One that may run twice, and one that may not."""
FOLDER = "/var/lib/smarter-net"
TURNS = itertools.count()


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("full")


@pytest.fixture(scope="module")
def data(server: Server) -> Disk:
    """What Docker keeps its data on."""
    server.dockerd.stop()
    disk = Disk(server.folder / "data", "600m", enter=server.space.enter)
    server.dockerd.start()
    return disk


@pytest.fixture(scope="module")
def scripts(server: Server) -> Disk:
    """What the stack's own folder is on."""
    return Disk(Path(FOLDER), "16m", enter=server.space.enter)


@pytest.fixture(scope="module")
def project(
    internet: Internet, server: Server, data: Disk, scripts: Disk, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Staging, up, on these two disks."""
    assert data is not scripts
    return staging_up(tmp_path_factory.mktemp("full"), internet, server)


def serving(internet: Internet, server: Server) -> dict[str, str]:
    """Each site, and the service that answers there."""
    found = {}
    for host in SITES:
        shown = visit(internet, server, host, "-k", "--max-time", "20", check=False)
        found[host] = json.loads(shown.stdout)["service"] if shown.stdout.startswith("{") else shown.stdout
    return found


def change(project: Project) -> None:
    for service in SITES.values():
        entry = project.read()["config"]["smarter-net:services"][service]
        project.change(service, environment={**entry["environment"], "TURN": str(next(TURNS))})


def complaint(result: subprocess.CompletedProcess[str]) -> list[str]:
    assert result.returncode, result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert "by hand" not in result.stdout
    lines = result.stderr.strip().splitlines()
    assert all(line.startswith("error: ") for line in lines), result.stderr
    return lines


def heals(project: Project, internet: Internet, server: Server) -> None:
    up(project)
    assert serving(internet, server) == SITES
    assert at_rest(project)
    assert server.dockerd.running() == dict.fromkeys(["caddy-proxy", *SITES.values(), "dokploy-postgres"], 1)


def test_the_disk_that_docker_keeps_its_data_on(
    project: Project, internet: Internet, server: Server, data: Disk
) -> None:
    change(project)
    data.fill()
    try:
        lines = complaint(project.operate("up"))
        assert serving(internet, server) == SITES
    finally:
        data.free()
    for line in lines:
        assert (
            "the disk that Docker keeps its data on is full; free some (`docker system df` shows what takes it)" in line
        )
    heals(project, internet, server)


def test_the_disk_of_the_stacks_own_folder(project: Project, internet: Internet, server: Server, scripts: Disk) -> None:
    change(project)
    scripts.fill()
    try:
        (line,) = complaint(project.operate("up"))
        assert serving(internet, server) == SITES
    finally:
        scripts.free()
    assert f"the disk of {FOLDER}/staging is full; free some (`df -h {FOLDER}/staging`" in line
    heals(project, internet, server)


@pytest.mark.parametrize("pages", [1, 4, 63, 66])
def test_a_disk_that_is_almost_full(
    project: Project, internet: Internet, server: Server, scripts: Disk, pages: int
) -> None:
    change(project)
    scripts.fill(leave=pages * PAGE)
    try:
        result = project.operate("up")
        assert serving(internet, server) == SITES
    finally:
        scripts.free()
    if result.returncode:
        assert all("is full; free some" in line for line in complaint(result)), result.stderr
    heals(project, internet, server)
