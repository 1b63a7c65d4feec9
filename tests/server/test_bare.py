"""A new server: one `up` installs Docker and brings the stack up.

Debian's package cannot be fetched from where the rig's servers are. So `apt-get` stands in: it writes down what it is
asked for, and puts back what was taken away. The daemon that then starts is the real one.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from tests.rig.plan import at_rest
from tests.rig.servers.remote import deployable, start_registry, up
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.servers.server import Internet, Server

PLACES = ("/usr/local/bin/docker", "/usr/bin/docker", "/usr/sbin/dockerd")
APT = """#!/bin/sh
echo "$*" >>{folder}/asked
[ "$1" = install ] || exit 0
cp -a {folder}/package/. /
touch {folder}/installed
until docker version >/dev/null 2>&1; do sleep 0.2; done
"""


def strip(server: Server) -> Path:
    """Take Docker off the server; the folder in which its `apt-get` leaves what it was asked for."""
    server.dockerd.stop()
    folder = server.folder / "apt"
    programs = [Path(place) for place in PLACES if Path(place).exists()]
    for program in programs:
        kept = folder / "package" / program.relative_to("/")
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(program, kept)
    (folder / "apt-get").write_text(APT.format(folder=folder))
    (folder / "apt-get").chmod(0o755)
    Path("/etc/docker").mkdir(exist_ok=True)
    apart = {*(str(program.parent) for program in programs), "/etc/docker", "/var/log"}
    lines = [
        f"mkdir -p {folder}/layers{place} {folder}/work{place}; {_apart(folder, place)}" for place in sorted(apart)
    ]
    lines += [f"rm -f /etc/docker/daemon.json {' '.join(map(str, programs))}"]
    lines += [f"mount --bind {folder}/apt-get {shutil.which('apt-get')}"]
    server.space.shell("\n".join(lines))
    assert server.run("sh", "-c", "command -v docker || command -v dockerd", check=False).stdout == ""
    return folder


def _apart(folder: Path, place: str) -> str:
    """A directory of the machine's, whose changes are the server's alone."""
    layers = f"lowerdir={place},upperdir={folder}/layers{place},workdir={folder}/work{place}"
    return f"mount -t overlay overlay -o {layers} {place}"


@contextmanager
def package_starts_daemon(server: Server, folder: Path) -> Iterator[None]:
    """What the package's own script does at the end of its installation."""

    def start() -> None:
        until((folder / "installed").exists, "Docker is installed", seconds=120)
        server.dockerd.start()

    starting = Thread(target=start, daemon=True)
    starting.start()
    yield
    starting.join(timeout=1)


def test_docker_is_installed_with_its_logs_limited_and_the_stack_comes_up(internet: Internet, tmp_path: Path) -> None:
    server = internet.server("bare")
    project = deployable(tmp_path / "p", "staging", internet, server, start_registry(server, tmp_path))
    config = project.read()["config"]
    config["smarter-net:certificates"] = "internal"
    project.write(config)
    folder = strip(server)

    planned = project.operate("preview")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "first start" in planned.stdout
    assert not (folder / "asked").exists()

    with package_starts_daemon(server, folder):
        up(project)
    assert (folder / "asked").read_text().splitlines() == [
        "update",
        "install --yes --no-install-recommends docker.io iptables",
    ]
    limits = json.loads(server.run("cat", "/etc/docker/daemon.json").stdout)
    assert limits == {"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}
    assert project.operate("status").returncode == 0
    assert at_rest(project)
