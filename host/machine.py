"""The machine of a stack, as its operator sees it: commands that run there, and the files that the scripts keep."""

from __future__ import annotations

import base64
import io
import shlex
import tarfile
from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.environment import environment
from host.errors import OperatorError
from host.run import capture
from host.ssh import SSH_FAILED, argv, as_root, options, unreachable

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from config.topology.model import LocalHost

RESTORING = "restoring"
"""Says which volumes a restore was filling; there until it has ended well."""
KEPT = ("bin/lib.sh", "bin/firewall.sh", "proxy/caddy.json", "proxy/releases", "history.jsonl", RESTORING)


class Machine:
    """This machine, or the stack's server."""

    def __init__(self, host: LocalHost | SshHost) -> None:
        self.host = host

    def argv(self, command: Sequence[str], *, tty: bool = False) -> list[str]:
        """The argument list that runs a command there with this terminal's streams. `tty`: in a terminal of its own."""
        if not isinstance(self.host, SshHost):
            return list(command)
        return argv(self.host, as_root(self.host, shlex.join(command)), tty=tty)

    def run(self, command: Sequence[str], *, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command there to its end; OperatorError if the machine cannot be reached."""
        result = capture(self.argv(command), stdin=stdin, environment=environment())
        if isinstance(self.host, SshHost) and result.returncode == SSH_FAILED:
            raise OperatorError(unreachable(self.host, result.stderr))
        return result

    def leave(self) -> None:
        """Share the connection no longer: the next command opens a new one. What runs on it goes on."""
        if isinstance(self.host, SshHost):
            place = ["-p", str(self.host.port), f"{self.host.user}@{self.host.address}"]
            capture(["ssh", "-O", "stop", *options(self.host), *place], environment=environment())

    def files(self, root: Path) -> Mapping[str, str]:
        """What the scripts keep in a stack's folder, by the path below it. Nothing if there is no such folder."""
        script = f"cd {shlex.quote(str(root))} 2>/dev/null && tar -cf - $(ls -d {' '.join(KEPT)} 2>/dev/null) | base64"
        packed = self.run(["sh", "-c", script]).stdout
        return unpacked(packed)


def unpacked(packed: str) -> Mapping[str, str]:
    """Path to content of a tar archive in base64; empty for an empty text."""
    found: dict[str, str] = {}
    content = base64.b64decode(packed)
    if content:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file:
                    found[member.name] = file.read().decode("utf-8", errors="replace")
    return found
