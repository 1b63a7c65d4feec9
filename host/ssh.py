"""How a machine is reached: this one as it is, a server over SSH. Apart from `host.py`: it needs no engine.

Everything that talks to a server does it through the `ssh` command with the same options: the engine's Docker provider,
the scripts, and what `make` looks at. So there is one place that pins the host key, one connection that all share, and
the operator's own keys, agent and jump hosts work as everywhere.
"""

from __future__ import annotations

import os
import pwd
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.run import last_line

if TYPE_CHECKING:
    from config.topology.model import LocalHost

SSH_FAILED = 255
"""What `ssh` itself ends with when it is not the command that failed."""
RSA = "ssh-rsa"
"""A key of this type signs by one of the algorithms below; the one with the type's own name is broken."""
RSA_ALGORITHMS = "rsa-sha2-512,rsa-sha2-256"


def argv(host: LocalHost | SshHost, command: str, *, tty: bool = False) -> list[str]:
    """The argument list that runs a shell command on the machine, with its standard streams. `tty`: in a terminal."""
    if not isinstance(host, SshHost):
        return ["sh", "-c", command]
    # The shared connection's socket lies there. Not Path.home(): `ssh` goes by the user's entry, not by $HOME.
    (Path(pwd.getpwuid(os.getuid()).pw_dir) / ".ssh").mkdir(mode=0o700, exist_ok=True)
    # Of each terminal that ends, a shared connection says that it was closed.
    terminal = ["-t", "-o", "LogLevel=ERROR"] if tty else []
    return ["ssh", *terminal, *options(host), "-p", str(host.port), f"{host.user}@{host.address}", command]


def stream(host: SshHost, address: str, port: int) -> list[str]:
    """The argument list whose standard streams are a connection from the server to a port."""
    return ["ssh", "-W", f"{address}:{port}", *options(host), "-p", str(host.port), f"{host.user}@{host.address}"]


def options(host: SshHost) -> list[str]:
    """Options of `ssh`. The same on every machine, so that a plan made elsewhere shows no difference.

    Only the host key of the stack file is trusted: no known_hosts file is read or written. One connection is opened and
    shared; `ssh` opens a further one by itself where the server allows no more sessions on it.
    """
    kind = host.host_key.split()[0]
    chosen = {
        "BatchMode": "yes",
        "ConnectTimeout": "15",
        "ServerAliveInterval": "10",
        "ServerAliveCountMax": "3",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": "/dev/null",
        "GlobalKnownHostsFile": "/dev/null",
        "KnownHostsCommand": f"/bin/echo %H {host.host_key}",
        "HostKeyAlgorithms": RSA_ALGORITHMS if kind == RSA else kind,
        "ControlMaster": "auto",
        "ControlPath": "~/.ssh/smarter-net-%C",
        "ControlPersist": "60s",
    }
    return [word for key, value in chosen.items() for word in ("-o", f"{key}={value}")]


def as_root(host: LocalHost | SshHost, command: str) -> str:
    """The command, by sudo where another user than root logs in and may."""
    if not isinstance(host, SshHost) or host.user == "root":
        return command
    quoted = shlex.quote(command)
    return f"if sudo -n true 2>/dev/null; then exec sudo -n sh -c {quoted}; else exec sh -c {quoted}; fi"


def unreachable(host: SshHost, said: str) -> str:
    """Why `ssh` failed, with the key that is to be looked at and the cure."""
    line = last_line(said, "no answer")
    if "host key" in said.lower():
        return (
            f"host.host-key: {host.address} shows another key than the stack file says; if the server was reinstalled, "
            "`make host-key` shows its new one, else another machine may answer in its place"
        )
    if "permission denied" in said.lower():
        return (
            f"host.user: {host.address} does not let {host.user} in with the keys of this machine; "
            f"put a public key there (`ssh-copy-id -p {host.port} {host.user}@{host.address}`), or load the right one"
        )
    if "timed out" in said.lower() and "banner" not in said.lower():
        return (
            f"host.address: {host.address} port {host.port} gives no answer; the server is off, or this machine's "
            "address is not in firewall.ssh-from (no runner of GitHub's own is: docs/github-actions.md); nothing was "
            "changed there"
        )
    return (
        f"host.address: {host.address} port {host.port} cannot be reached over SSH ({line}); nothing was changed there"
    )
