"""Servers as one rents them, in network namespaces: a public address, an SSH server, Docker, and an Internet between.

Nothing of it can be seen from this machine's own network, and nothing of it can reach anything else.

    with Internet(folder) as internet:
        server = internet.server("vps1")
        internet.run("curl", f"http://{server.address}")
        internet.ssh(server, "docker", "ps")
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.rig.dockerd import Dockerd
from tests.rig.servers.space import Space
from tests.rig.servers.sshd import Sshd, make_key

if TYPE_CHECKING:
    from types import TracebackType

ADDRESS, ADDRESS6 = "198.51.100.1", "2001:db8:77::1"
"""Where the outside is, as a server sees it."""
STRANGER, STRANGER6 = "198.51.100.2", "2001:db8:77::2"
"""A second one, which no ruleset lets in."""


class Internet:
    """Everything outside. `folder` has to be short: a socket's path has at most 107 characters."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.servers: list[Server] = []
        self._programs: list[subprocess.Popen[bytes]] = []
        self.identity_file = folder / "id_ed25519"
        self.public_key = make_key(self.identity_file)
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.touch()
        self.ssh_config = folder / "ssh_config"
        self.ssh_config.write_text(
            f"IdentityFile {self.identity_file}\nIdentitiesOnly yes\nUserKnownHostsFile {self.known_hosts}\n"
            "GlobalKnownHostsFile none\nStrictHostKeyChecking yes\nBatchMode yes\nConnectTimeout 5\n"
        )
        # For programs that call `ssh` themselves, such as docker: its own home is where passwd says, whatever HOME is.
        (folder / "bin").mkdir()
        shim = folder / "bin" / "ssh"
        shim.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self.ssh_config} "$@"\n')
        shim.chmod(0o755)
        self.space = Space(files=True)
        # `ssh` keeps the sockets of shared connections there, named by the server's address: another test run has the
        # same addresses.
        (folder / "ssh").mkdir(mode=0o700)
        home = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".ssh"
        home.mkdir(mode=0o700, exist_ok=True)
        self.run("mount", "--bind", f"{folder}/ssh", str(home))
        self.run("ip", "link", "add", "br0", "type", "bridge")
        for address in (f"{ADDRESS}/24", f"{STRANGER}/24"):
            self.run("ip", "address", "add", address, "dev", "br0")
        # The second one only where it is asked for by name; without that the last of several is the usual one.
        for address, *usual in ((f"{ADDRESS6}/64",), (f"{STRANGER6}/64", "preferred_lft", "0")):
            self.run("ip", "address", "add", address, "dev", "br0", "nodad", *usual)
        self.run("ip", "link", "set", "br0", "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def server(self, name: str) -> Server:
        """Put one more server up; its address is the next after 198.51.100.11."""
        server = Server(self, name, 11 + len(self.servers))
        self.servers.append(server)
        with self.known_hosts.open("a") as known:
            known.write(f"{server.address},{server.address6} {server.host_key}\n")
        return server

    @property
    def enter(self) -> tuple[str, ...]:
        """Put before a command to run it out there, in the folder where one is; for `Popen`."""
        # A process that enters a mount namespace is at its root.
        enter = 'exec nsenter --net="$0/net" --mount="$0/mnt" env --chdir="$(pwd)" "$@"'
        return ("sh", "-c", enter, f"/proc/{self.space.pid}/ns")

    @property
    def environment(self) -> dict[str, str]:
        """For a program that calls `ssh` itself: with the rig's identity and its pinned host keys."""
        return {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}

    def run(
        self, *command: str, stdin: str = "", check: bool = True, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command out there; AssertionError with what it said if it fails and `check` is on."""
        line = ["env", f"PATH={self.environment['PATH']}", *command]
        return self.space.run(*line, stdin=stdin, check=check, timeout=timeout)

    def start(self, *command: str, log: Path) -> None:
        """Start a program out there that goes on until all is taken down."""
        line = [*self.enter, *command]
        with log.open("ab") as out:
            started = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        self._programs.append(started)

    def ssh(
        self,
        server: Server,
        *command: str,
        user: str = "root",
        source: str = ADDRESS,
        stdin: str = "",
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a server over SSH, from one of the outside's addresses."""
        address = server.address6 if ":" in source else server.address
        return self.run("ssh", "-b", source, f"{user}@{address}", *command, stdin=stdin, check=check)

    def close(self) -> None:
        """Take every server down, and then the Internet."""
        for server in self.servers:
            server.stop()
        for program in self._programs:
            program.kill()
            program.wait()
        self.space.close()


class Server:
    """One machine: own addresses, own Docker and sshd, own folders where it keeps things. No systemd."""

    def __init__(self, internet: Internet, name: str, number: int) -> None:
        self.name = name
        self.address = f"198.51.100.{number}"
        self.address6 = f"2001:db8:77::{number}"
        self.folder = internet.folder / name
        self.folder.mkdir()
        self.space = Space(files=True)
        internet.run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.space.pid))
        internet.run("ip", "link", "set", name, "master", "br0", "up")
        self._set_up()
        # The second socket is the usual one, for the group docker; the way to the first is root's alone.
        self.dockerd = Dockerd(
            self.folder, "unix:///run/docker.sock", enter=self.space.enter, pool="base=203.0.113.0/24,size=27"
        )
        self.dockerd.start()
        self.sshd = Sshd(self.folder / "sshd", self.space, internet.public_key)
        self.host_key = self.sshd.host_key
        self._programs: list[subprocess.Popen[bytes]] = []
        self._up = True

    def _set_up(self) -> None:
        """Addresses, and folders of its own over those that servers must not share."""
        own = self.folder / "own"
        for name in ("root", "run", "smarter-net", "systemd", "dokploy"):
            (own / name).mkdir(mode=0o700 if name == "root" else 0o755, parents=True)
        for shared in ("/var/lib/smarter-net", "/etc/dokploy"):
            Path(shared).mkdir(exist_ok=True)
        self.space.shell(f"""
            hostname {self.name}
            ip address add {self.address}/24 dev eth0
            ip address add {self.address6}/64 dev eth0 nodad
            ip link set eth0 up
            ip route add default via {ADDRESS}
            ip -6 route add default via {ADDRESS6}
            # As on a fresh machine: Docker closes FORWARD only where it opened it itself.
            echo 0 >/proc/sys/net/ipv4/ip_forward
            mount --bind {own}/root /root
            mount --bind {own}/run /run
            mount --bind {own}/smarter-net /var/lib/smarter-net
            mount --bind {own}/dokploy /etc/dokploy
            [ ! -d /etc/systemd/system ] || mount --bind {own}/systemd /etc/systemd/system
            mkdir /run/sshd
        """)

    def run(
        self, *command: str, stdin: str = "", check: bool = True, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the server; AssertionError with what it said if it fails and `check` is on."""
        return self.space.run(*command, stdin=stdin, check=check, timeout=timeout)

    def start(self, *command: str) -> None:
        """Start a program of this machine's in the server's network; it goes on until the server is stopped."""
        line = ["nsenter", f"--net=/proc/{self.space.pid}/ns/net", *command]
        self._programs.append(subprocess.Popen(line, stdin=subprocess.DEVNULL, start_new_session=True))

    def docker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a docker command against the server's daemon."""
        return self.dockerd.docker(*arguments, check=check)

    def restart_dockerd(self) -> None:
        """What `systemctl restart docker` does."""
        self.dockerd.restart()

    def stop(self) -> None:
        """Take it off the net, and remove all that is on it."""
        if self._up:
            self._up = False
            self.sshd.stop()
            self.dockerd.remove()
            for program in self._programs:
                program.kill()
                program.wait()
            self.space.close()
