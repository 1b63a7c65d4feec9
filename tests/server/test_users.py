"""Another user than root logs in: one who has sudo, and one who has only the group docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.render.nftables import TABLE
from tests.rig.plan import at_rest, unchanged
from tests.rig.servers.remote import deployable, start_registry
from tests.rig.servers.users import User, add_user

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.drawn(2, "servers", whole=True)
NAME = "ana"
HOST = "mkt.smarterbot.store"


def staging(folder: Path, internet: Internet, server: Server) -> Project:
    """Staging, not up yet, whose user is not root."""
    project = deployable(folder / "p", "staging", internet, server, start_registry(server, folder))
    config = project.read()["config"]
    config["smarter-net:host"]["user"] = NAME
    config["smarter-net:certificates"] = "internal"
    project.write(config)
    return project


def refused(result: subprocess.CompletedProcess[str], user: User) -> str:
    """The one line of a run that has changed nothing."""
    assert result.returncode == 1, result.stdout + result.stderr
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("error: host.user: ana ")
    server = user.server
    assert server.docker("ps", "--all", "--quiet").stdout == ""
    assert server.run("ls", "/var/lib/smarter-net", "/root").stdout == "/root:\n\n/var/lib/smarter-net:\n"
    assert server.run("nft", "list", "tables").stdout.count(TABLE) == 0
    return line


def doctor(project: Project) -> str:
    """What it says of the user's rights."""
    lines = project.operate("doctor").stdout.splitlines()
    return next(line for line in lines if line.startswith("  rights "))


def comes_up(project: Project, internet: Internet, server: Server) -> None:
    """`up`, a second one, and `status`, as root would have it."""
    first = project.operate("up")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "error" not in first.stderr
    assert "The server makes no backups: " in first.stdout
    assert unchanged(project.operate("up"))
    assert at_rest(project)
    status = project.operate("status")
    assert status.returncode == 0, status.stdout
    shown = internet.run("curl", "-sk", "--resolve", f"{HOST}:443:{server.address}", f"https://{HOST}/").stdout
    assert "smarteros-blogbowl" in shown


def test_a_user_with_sudo(internet: Internet, tmp_path: Path) -> None:
    server = internet.server("sudo")
    user = add_user(internet, server, NAME, sudo=True)
    assert internet.ssh(server, "sudo", "-n", "id", "-un", user=NAME).stdout == "root\n"
    project = staging(tmp_path, internet, server)

    # sudo is no use to the engine's Docker provider.
    line = refused(project.operate("up"), user)
    assert line.endswith(f"; run there: sudo groupadd -f docker && sudo usermod -aG docker {NAME}")
    user.join("docker")

    comes_up(project, internet, server)
    assert "good" in doctor(project)
    assert f"{NAME}, root by sudo" in doctor(project)
    assert "tcp dport { 80, 443 } accept" in server.run("nft", "list", "table", *TABLE.split()).stdout
    assert server.run("stat", "-c", "%a %U", "/root/letsencrypt").stdout == "700 root\n"


def test_a_user_with_only_the_group_docker(internet: Internet, tmp_path: Path) -> None:
    server = internet.server("docker")
    user = add_user(internet, server, NAME)
    user.join("docker")
    assert internet.ssh(server, "sudo", "-n", "true", user=NAME, check=False).returncode
    project = staging(tmp_path, internet, server)

    line = refused(project.operate("up"), user)
    assert "the firewall needs root" in line
    assert "bad" in doctor(project)
    config = project.read()["config"]
    project.write({**config, "smarter-net:firewall": {}})

    line = refused(project.operate("up"), user)
    cure = f"install -d -o {NAME} /var/lib/smarter-net"
    assert line.endswith(f"have root run: {cure}")
    assert cure in doctor(project)
    server.run(*cure.split())

    comes_up(project, internet, server)
    assert f"{NAME}, no root" in doctor(project)
    # Docker made it, and no request gets that far.
    assert server.run("stat", "-c", "%a %U", "/root", "/root/letsencrypt").stdout.startswith("700 root\n")
    assert internet.ssh(server, "ls", "/root/letsencrypt", user=NAME, check=False).returncode
