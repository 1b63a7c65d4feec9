"""Further users of a rig's server. Its users, groups and sudo's rules are its own; this machine's are not touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.rig.servers.server import Internet, Server

NUMBER = 1100
"""User and group of the one further user of a server."""
FILES = ("passwd", "group", "shadow", "hosts", "sudoers.d")


@dataclass(frozen=True)
class User:
    """A user who may log in to a server with the Internet's key."""

    server: Server
    name: str

    def join(self, group: str) -> None:
        """What `usermod -aG` does. From the next log-in on."""
        path = self.server.folder / "own" / "etc" / "group"
        lines = path.read_text().splitlines()
        changed = [_with_member(line, self.name) if line.startswith(f"{group}:") else line for line in lines]
        assert changed != lines, f"no group {group}"
        path.write_text("\n".join(changed) + "\n")


def add_user(internet: Internet, server: Server, name: str, *, sudo: bool = False) -> User:
    """A user as `adduser` makes one. `sudo`: he may become root without a password, as on a cloud's image."""
    own = server.folder / "own" / "etc"
    own.mkdir(mode=0o755)
    (own / "sudoers.d").mkdir(mode=0o750)
    for each in ("passwd", "group", "shadow"):
        (own / each).write_text((Path("/etc") / each).read_text())
    for each, line in {
        "passwd": f"{name}:x:{NUMBER}:{NUMBER}::/home/{name}:/bin/sh",
        "group": f"{name}:x:{NUMBER}:",
        "shadow": f"{name}:*:20000:0:99999:7:::",
    }.items():
        with (own / each).open("a") as file:
            file.write(f"{line}\n")
    (own / "shadow").chmod(0o640)
    # sudo looks its machine's name up.
    (own / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {server.name}\n")
    if sudo:
        (own / "sudoers.d" / name).write_text(f"{name} ALL=(ALL) NOPASSWD: ALL\n")
    mounts = "\n".join(f"mount --bind {own}/{each} /etc/{each}" for each in FILES)
    server.space.shell(f"""
        {mounts}
        mkdir {server.folder}/own/home
        mount --bind {server.folder}/own/home /home
        install -d -m 700 -o {NUMBER} -g {NUMBER} /home/{name} /home/{name}/.ssh
        echo '{internet.public_key}' >/home/{name}/.ssh/authorized_keys
        chown {NUMBER}:{NUMBER} /home/{name}/.ssh/authorized_keys
    """)
    return User(server, name)


def _with_member(line: str, name: str) -> str:
    head, _, members = line.rpartition(":")
    return f"{head}:{','.join(filter(None, [*members.split(','), name]))}"
