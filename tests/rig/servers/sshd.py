"""An SSH server as Debian's package sets it up, with a host key of its own, for a server of the rig's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.servers.space import Space


def make_key(path: Path) -> str:
    """Make a key pair; its public half as a stack file wants it: type and key."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


class Sshd:
    """Listens on port 22 of a space; lets root in with one key, and no user with a password.

    Another user than root, if there is one, is let in with the keys in his own folder, as everywhere.
    """

    def __init__(self, folder: Path, space: Space, authorized: str) -> None:
        folder.mkdir(mode=0o700)
        self.host_key = make_key(folder / "host_key")
        (folder / "authorized_keys").write_text(authorized + "\n")
        (folder / "sshd_config").write_text(
            f"HostKey {folder}/host_key\n"
            f"AuthorizedKeysFile {folder}/authorized_keys .ssh/authorized_keys\n"
            "StrictModes no\n"  # the folder's parents are the test run's
            "UsePAM no\n"
            "PasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\n"
            "MaxStartups 10:30:100\n"  # the default, spelled out: a client that opens too many connections loses some
            "PidFile none\n"
            "Subsystem sftp internal-sftp\n"
        )
        self._log = folder / "sshd.log"
        self._space = space
        sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        self._command = [*space.enter, sshd, "-D", "-E", str(self._log), "-f", f"{folder}/sshd_config"]
        self.start()

    def start(self) -> None:
        """Listen."""
        before = self.log().count("listening")
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)
        until(lambda: self.log().count("listening") > before + 1 or self._process.poll() is not None, "sshd listens")
        if self._process.poll() is not None:
            raise RuntimeError(f"the rig's sshd does not start: {self.log()}")

    def connections(self) -> int:
        """How many it has accepted so far."""
        return self.log().count("Accepted publickey")

    def cut(self) -> int:
        """Kill the process of every connection, as a network that goes away would; how many there were."""
        found = 0
        for pid in self._space.processes():
            name = Path(f"/proc/{pid}/comm")
            try:
                if name.read_text().strip() == "sshd" and pid != self._process.pid:
                    os.kill(pid, signal.SIGKILL)
                    found += 1
            except OSError:
                continue  # ended by itself
        return found

    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text() if self._log.exists() else ""

    def stop(self) -> None:
        """End it; a connection that stands goes on."""
        self._process.terminate()
        self._process.wait(timeout=60)
