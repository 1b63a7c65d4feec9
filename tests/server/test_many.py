"""Fifty services on one server: an SSH server with its default limits lets every session of a run in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.stack import SESSIONS
from tests.rig.plan import unchanged
from tests.rig.project import REPOSITORY
from tests.rig.servers.remote import deployable, forget_connection, start_registry

if TYPE_CHECKING:
    import subprocess

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.drawn(2, "servers", whole=True)
COUNT = 50
MANY, FEW = 2 * COUNT, 9
"""Connections of the first run, one after the other where its sessions do not fit on the shared one (42 and 33 were
seen), and of one that changes nothing."""


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A server of this module's own."""
    return internet.server("many")


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The services of production over and over, each time with other names; nothing runs yet."""
    folder = tmp_path_factory.mktemp("many")
    project = deployable(folder / "p", "prod", internet, server, start_registry(server, folder))
    (project.folder / "__main__.py").unlink()
    (project.folder / "__main__.py").symlink_to(REPOSITORY / "tools" / "bench" / "programs" / "synthetic.py")
    config = project.read()["config"]
    config["smarter-net:certificates"] = "internal"
    project.write(config)
    project.environment["BENCH_SERVICES"] = str(COUNT)
    return project


def run(
    project: Project, internet: Internet, server: Server, *command: str
) -> tuple[subprocess.CompletedProcess[str], int]:
    """A run on new connections, and how many they were."""
    forget_connection(internet, server)
    before = server.sshd.connections()
    result = project.pulumi(*command, "--parallel", SESSIONS, timeout=500)
    assert result.returncode == 0, result.stdout + result.stderr
    return result, server.sshd.connections() - before


def test_fifty_services_come_up_and_are_looked_at_over_few_connections(
    project: Project, internet: Internet, server: Server
) -> None:
    result, used = run(project, internet, server, "up", "--yes", "--skip-preview")
    assert len(server.docker("ps", "--quiet").stdout.split()) == COUNT + 1
    assert used <= MANY, f"{used} connections"
    for command in (("up", "--yes", "--skip-preview"), ("preview", "--refresh")):
        result, used = run(project, internet, server, *command)
        assert unchanged(result), result.stdout
        assert used <= FEW, f"{used} connections"
    assert "MaxStartups" not in server.sshd.log()
