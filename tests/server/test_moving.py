"""A stack moves to another server, or its server is lost: the steps of docs/data.md, and the data with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.rig.plan import at_rest
from tests.rig.servers.remote import deployable, start_registry, up, visit
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.drawn(2, "servers", whole=True)
HOST = "api.smarterbot.cl"
VOLUME = "smarter-net-n8n"


def visits(internet: Internet, server: Server) -> int:
    """Visit n8n's stand-in; the how manieth visit it was."""
    return int(json.loads(visit(internet, server, HOST, "-k", "--max-time", "20").stdout)["visits"])


def done(project: Project, command: str, *arguments: str) -> None:
    result = project.operate(command, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr


def backed_up(project: Project) -> str:
    """A backup, taken now: what an operator gives as FROM=."""
    done(project, "backup")
    return str(max((project.folder / "backups").iterdir()).relative_to(project.folder))


def point_at(project: Project, server: Server) -> None:
    """The new address, and `make host-key` as it says it."""
    config = project.read()["config"]
    config["smarter-net:host"]["address"] = server.address
    project.write(config)
    shown = project.operate("host-key").stderr.rpartition("FINGERPRINT=")[2].strip()
    done(project, "host-key", "--fingerprint", shown)
    assert project.read()["config"]["smarter-net:host"]["host-key"] == server.host_key


def authority(server: Server) -> str:
    """The root certificate of Caddy's own authority, which a new server would make again."""
    return server.run("find", "/root/letsencrypt", "-name", "root.crt", "-exec", "cat", "{}", "+").stdout


@pytest.fixture(scope="module")
def servers(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, Server, Server]:
    """Three, each with the images at hand."""
    first, second, third = (internet.server(name) for name in ("first", "second", "third"))
    for server in (second, third):
        start_registry(server, tmp_path_factory.mktemp(server.name))
    return first, second, third


@pytest.fixture(scope="module")
def project(
    internet: Internet, servers: tuple[Server, Server, Server], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Prod, up on the first, with certificates of Caddy's own."""
    folder = tmp_path_factory.mktemp("moving")
    project = deployable(folder / "p", "prod", internet, servers[0], start_registry(servers[0], folder))
    config = project.read()["config"]
    config["smarter-net:certificates"] = "internal"
    project.write(config)
    up(project)
    return project


def test_a_broken_connection_leaves_no_backup_and_nobody_paused(
    project: Project, servers: tuple[Server, Server, Server]
) -> None:
    server = servers[0]
    folder = server.docker("volume", "inspect", "--format", "{{.Mountpoint}}", VOLUME).stdout.strip()
    server.run("truncate", "--size=1G", f"{folder}/big")
    run = project.spawn("backup")
    until(lambda: paused(server) or run.poll() is not None, "n8n is paused")
    assert server.sshd.cut()
    output, _ = run.communicate(timeout=120)
    server.run("rm", f"{folder}/big")
    assert run.returncode, output
    assert "error: volume smarter-net-n8n: the connection broke" in output
    assert not paused(server)
    assert not list((project.folder / "backups").iterdir())


def paused(server: Server) -> bool:
    return bool(server.docker("ps", "--quiet", "--filter", "status=paused").stdout)


def test_a_stack_moves_to_another_server(
    project: Project, internet: Internet, servers: tuple[Server, Server, Server]
) -> None:
    old, new, _ = servers
    count = [visits(internet, old) for _ in range(3)][-1]
    root = authority(old)
    assert root

    point_at(project, new)
    refused = project.operate("up")
    assert refused.stderr.startswith(f"error: host.address: the stack is on {old.address} so far; to move it, ")
    assert visits(internet, old) == count + 1
    point_at(project, old)

    done(project, "down")
    folder = backed_up(project)
    point_at(project, new)
    done(project, "restore", folder)
    up(project)
    assert visits(internet, new) == count + 2
    assert authority(new) == root
    assert new.run("stat", "-c", "%a %U", "/root/letsencrypt").stdout == "700 root\n"
    assert not old.docker("ps", "-aq").stdout
    assert VOLUME in old.docker("volume", "ls", "-q").stdout.split()
    assert at_rest(project)


def test_a_lost_server_is_rebuilt_from_a_backup(
    project: Project, internet: Internet, servers: tuple[Server, Server, Server]
) -> None:
    _, lost, new = servers
    count = visits(internet, lost)
    folder = backed_up(project)
    lost.stop()

    point_at(project, new)
    refused = project.operate("up")
    assert f"if that server is lost, run `make forget SERVER={lost.address}`" in refused.stderr
    wrong = project.operate("forget", new.address)
    assert wrong.stderr == (
        f"error: SERVER={new.address}: the state knows no such server besides the stack's own; known: {lost.address}\n"
    )
    done(project, "forget", lost.address)
    done(project, "restore", folder)
    up(project)
    assert visits(internet, new) == count + 1
    assert at_rest(project)
