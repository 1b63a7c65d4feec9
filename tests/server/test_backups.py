"""A server backs itself up: over SSH, by a user with sudo; and gives back what was lost with its volumes."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.rig.restic import restic
from tests.rig.servers.remote import QUICK, SERVICES, deployable, stand_in, start_registry, visit
from tests.rig.servers.users import add_user

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

NAME = "ana"
TO = "/var/lib/smarter-net/store"
DATA = "smarter-net-n8n"


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """The one that backs itself up."""
    return with_restic(internet, "backups")


def with_restic(internet: Internet, name: str) -> Server:
    """A server with a restic, which this machine's own folder of programs does not have."""
    server = internet.server(name)
    add_user(internet, server, NAME, sudo=True).join("docker")
    programs = server.folder / "own" / "bin"
    programs.mkdir()
    shutil.copy(restic(), programs)
    server.space.shell(f"mount -t overlay -o lowerdir={programs}:/usr/local/bin overlay /usr/local/bin")
    return server


@pytest.fixture(scope="module")
def project(internet: Internet, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Staging with n8n's stand-in alone, up, and a file of n8n's."""
    folder = tmp_path_factory.mktemp("backups")
    registry = start_registry(server, folder)
    project = deployable(folder / "p", "staging", internet, server, registry)
    config = project.read()["config"]
    config["smarter-net:host"]["user"] = NAME
    config["smarter-net:certificates"] = "internal"
    config["smarter-net:sites"] = [{"host": "api.smarterbot.store", "service": "n8n", "open": True}]
    own = {"STANDIN_SERVICE": "n8n", **SERVICES["n8n"]}
    config["smarter-net:services"] = {
        "n8n": {"image": registry.pinned(stand_in("n8n")), "environment": own, "rollout": dict(QUICK)},
        "n8n-runners": {"enabled": False},
    }
    project.write(config)
    assert "The server makes no backups: Pulumi.staging.yaml has no smarter-net:backup" in done(project, "up")
    server.run("sh", "-c", f"echo kept >{volume(server)}/own; chown 1000:1000 {volume(server)}/own")
    project.write({**config, "smarter-net:backup": {"to": TO, "at": "03:15 America/Santiago"}})
    done(project, "secrets")
    return project


def done(project: Project, command: str, *arguments: str) -> str:
    result = project.operate(command, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def volume(server: Server) -> str:
    return server.docker("volume", "inspect", "--format", "{{.Mountpoint}}", DATA).stdout.strip()


def test_it_backs_itself_up_and_gives_back_what_was_lost(project: Project, server: Server, tmp_path: Path) -> None:
    said = done(project, "backup", "--init")
    assert "n8n: smarter-net-n8n: " in said
    assert "caddy-proxy: /root/letsencrypt: files copied" in said
    assert len(done(project, "backups").split("caddy-proxy")) == 2
    assert "makes no backups" not in done(project, "up")
    doctor = {line.split()[0]: line for line in project.operate("doctor").stdout.splitlines() if line.strip()}
    assert " good " in doctor["restic"]
    assert f"{TO} is lost with the server" in doctor["backups"]

    password = project.pulumi("config", "get", "secret:backup-password").stdout.strip()
    own = server.folder / "own" / "smarter-net"
    secrets = [password.encode(), project.environment["PULUMI_CONFIG_PASSPHRASE"].encode()]
    files = [path for path in own.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in files if any(secret in path.read_bytes() for secret in secrets)]
    (tmp_path / "password").write_text(password)
    line = [str(restic()), "-q", "-r", str(own / "store"), "-p", str(tmp_path / "password"), "--no-lock"]
    dump = [*line, "dump", "--tag", "whole", "latest", "/Pulumi.staging.yaml"]
    packed = subprocess.run(dump, capture_output=True, check=True).stdout
    assert packed == (project.folder / "Pulumi.staging.yaml").read_bytes()
    assert not any(secret in packed for secret in secrets)

    done(project, "down")
    done(project, "delete-data", "--confirm", "staging")
    assert DATA not in server.docker("volume", "ls", "--quiet").stdout.split()
    restored = done(project, "restore", "--at", "latest", "--service", "n8n")
    assert "is back; `make up` takes it up" in restored
    done(project, "up")
    shown = server.run("stat", "-c", "%u %a", f"{volume(server)}/own").stdout
    assert (server.run("cat", f"{volume(server)}/own").stdout, shown) == ("kept\n", "1000 644\n")
    labelled = server.docker("volume", "ls", "--quiet", "--filter", "label=smarter-net.stack=staging").stdout.split()
    assert DATA in labelled


def test_a_lost_server_is_rebuilt_by_one_command(
    internet: Internet, project: Project, server: Server, tmp_path: Path
) -> None:
    """The repository's disk is another machine's, and mounted on both."""
    server.run("sh", "-c", f"echo newer >{volume(server)}/own")
    done(project, "backup")
    # What a server has goes with it.
    store = shutil.copytree(server.folder / "own" / "smarter-net" / "store", tmp_path / "store")
    new = with_restic(internet, "rebuilt")
    start_registry(new, tmp_path)
    new.run("mkdir", "-p", TO)
    new.space.shell(f"mount --bind {store} {TO}")
    assert "runs on " in refused(project, "rebuild")
    server.stop()
    config = project.read()["config"]
    config["smarter-net:host"] |= {"address": new.address, "host-key": new.host_key}
    project.write(config)
    assert refused(project, "rebuild").endswith(
        f"if that server is lost, `make rebuild STACK=staging SERVER={server.address}`"
    )
    assert "the state knows no such server" in refused(project, "rebuild", new.address)
    said = done(project, "rebuild", server.address)
    assert said.index("is back;") < said.index("bringing it up")
    assert new.run("cat", f"{volume(new)}/own").stdout == "newer\n"
    assert visit(internet, new, "api.smarterbot.store", "-k").returncode == 0
    assert "runs on " in refused(project, "rebuild")


def refused(project: Project, command: str, *arguments: str) -> str:
    result = project.operate(command, *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stderr.strip()
