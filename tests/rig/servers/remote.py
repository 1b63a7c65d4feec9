"""The staging and prod stacks, pointed at a server of the rig's.

What is changed in their stack files: the server's address and key, the images, which come from a registry on the
server, and what tells a stand-in which service it stands for. Everything else is what an operator would deploy.
"""

from __future__ import annotations

import platform
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import bcrypt
import yaml

from tests.rig.internet.image_registry import PORT, Content, read
from tests.rig.project import REPOSITORY, Project
from tests.rig.servers.server import ADDRESS, ADDRESS6
from tests.rig.wait import until
from tests.stacks import STACK_FILES
from tools.images import parts, recipes, references
from tools.images.archive import write
from tools.images.contract import contracts
from tools.images.naming import PROXY

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.rig.servers.server import Internet, Server
    from tools.images.archive import Image

SERVICES = {
    # name: what a stand-in in its place has to be told
    "smarteros-blogbowl": {"HEALTH_PATH": "/"},
    "n8n": {"PORT": "5678", "HEALTH_PATH": "/healthz,/healthz/readiness", "DATA_DIR": "/home/node/.n8n"},
    "n8n-runners": {"PORT": "5680"},
    "metabase": {"PORT": "3001", "HEALTH_PATH": "/api/health"},
    "metabase-postgres": {"PORT": "5432"},
    "dokploy": {"HEALTH_PATH": "/api/health,/api/trpc/settings.health"},
    "dokploy-postgres": {"PORT": "5432"},
}
PASSWORD = "correct horse battery staple"
SECRETS = {
    "n8n-encryption-key": "n8n-key-0123456789abcdef0123456789",
    "n8n-runners-token": "n8n-token-0123456789abcdef0123456789",
    "metabase-encryption-key": "metabase-key-0123456789abcdef01234",
    "metabase-database-password": "metabase-password-0123456789abcdef01234",
    "dokploy-auth-secret": "dokploy-secret-0123456789abcdef0123456789",
    "dokploy-database-password": "dokploy-password-0123456789abcdef0123456789",
    "basic-auth-ops": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
}
QUICK = {"start": "30s", "settle": "1s"}


def start_registry(
    server: Server, folder: Path, authority: Path | None = None, log_in: str = "", more: Sequence[Image] = ()
) -> Content:
    """Serve the stand-in images, and `more`, to the server, on its loopback.

    `authority`: PEM of who the proxy trusts besides. `log_in`: `user:password`, without which no client gets an image.
    """
    archive = folder / "images.tar"
    _write_images(archive, authority, more)
    module = ["-m", "tests.rig.internet.image_registry", str(archive), str(PORT), *([log_in] if log_in else [])]
    server.start("env", "--chdir", str(REPOSITORY), sys.executable, *module)
    until(lambda: server.run("curl", "-s", f"http://127.0.0.1:{PORT}/v2/", check=False).returncode == 0, "it serves")
    return read(archive)


def _write_images(archive: Path, authority: Path | None, more: Sequence[Image]) -> None:
    architecture = "arm64" if platform.machine() in {"aarch64", "arm64"} else "amd64"
    names, program = references(), parts.program(architecture)
    caddy, authorities = parts.caddy(architecture)
    trusted = archive.with_name("authorities.pem")
    trusted.write_text(authorities.read_text() + (authority.read_text() if authority else ""))
    known = contracts()
    images = [recipes.of_contract(stand_in(name), program, known[name]) for name in names.standins]
    images.append(recipes.caddy(names.caddy, program, known[PROXY], caddy, trusted))
    write([*images, *more], architecture, archive, archive.parent)


def stand_in(contract: str) -> str:
    """What a service's stand-in is called in the registry. All have the same tag: n8n and its runners have to."""
    return f"smarter-net/standin-{contract}:rig"


def deployable(
    folder: Path,
    stack: str,
    internet: Internet,
    server: Server,
    registry: Content,
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Project:
    """The stack as its operator has it on a laptop somewhere on the Internet, with the secrets set.

    `environment`: variables of its own, such as another backend.
    """
    project = Project(folder, "", stack, enter=internet.enter)
    del project.environment["DOCKER_HOST"]
    project.environment["PULUMI_CONFIG_PASSPHRASE"] = "correct horse battery staple"
    project.environment["PATH"] = internet.environment["PATH"]
    project.environment |= environment
    project.write(settings(stack, server, registry))
    result = project.pulumi("stack", "select", "--create")
    assert result.returncode == 0, result.stderr
    for name, value in SECRETS.items():
        project.set_secret(name, value)
    return project


def visit(
    internet: Internet, server: Server, host: str, *options: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Ask a site for JSON, as ops; the password is on no command line, where a hunt for it would find it."""
    return internet.run(
        "curl", "-s", "--config", "-", "--resolve", f"{host}:443:{server.address}", "-H", "Accept: application/json",
        *options, f"https://{host}/", stdin=f'user = "ops:{PASSWORD}"\n', check=check,
    )  # fmt: skip


def staging_up(
    folder: Path, internet: Internet, server: Server, environment: Mapping[str, str] = MappingProxyType({})
) -> Project:
    """Staging, up, with certificates of Caddy's own: for tests of anything but the authority."""
    project = deployable(
        folder / "p", "staging", internet, server, start_registry(server, folder), environment=environment
    )
    config = project.read()["config"]
    config["smarter-net:certificates"] = "internal"
    project.write(config)
    up(project)
    return project


def forget_connection(internet: Internet, server: Server) -> None:
    """The shared connection of the run before is open for a minute; what is new is seen on a new one."""
    leave = ("ssh", "-O", "exit", "-o", "ControlPath=~/.ssh/smarter-net-%C", f"root@{server.address}")
    internet.run(*leave, check=False)


def up(project: Project) -> None:
    """`make up`, which has to end well."""
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr


def settings(stack: str, server: Server, registry: Content) -> dict[str, Any]:
    """The stack file's content."""
    config: dict[str, Any] = yaml.safe_load((STACK_FILES / f"Pulumi.{stack}.yaml").read_text())["config"]
    config["smarter-net:host"] |= {"address": server.address, "host-key": server.host_key}
    config["smarter-net:firewall"] = {"ssh-from": [ADDRESS, ADDRESS6]}
    config["smarter-net:proxy"]["image"] = registry.pinned(references().caddy)
    services = config["smarter-net:services"]
    for name, environment in SERVICES.items():
        entry = services.get(name, {"enabled": False})
        if entry.get("enabled", True):
            entry["image"] = registry.pinned(stand_in("postgres" if name.endswith("-postgres") else name))
            entry["environment"] = {**entry.get("environment", {}), "STANDIN_SERVICE": name, **environment}
            entry["rollout"] = dict(QUICK)
            if name.endswith("-postgres"):
                entry["health"] = {"command": ["/standin", "probe"]}
    return config
