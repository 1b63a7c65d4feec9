"""A Docker daemon of the tests' own: own data, own socket, own bridge. Needs root."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Sequence

START_SECONDS = 180
"""Two on a quiet machine; one that has containers to bring back on a busy one takes more than a minute."""
STOP_SECONDS = 180
"""Much longer than the longest stop time of a service, which the daemon keeps to."""
APART = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""In a further network namespace, so that it can run beside another one. Its ports cannot be reached then."""


class Dockerd:
    """One daemon. Its bridges get documentation addresses, which lead nowhere.

    `more`: further addresses that it listens on. `enter`: a command that starts the one after it somewhere else, such
    as `APART`. `pool`: what its networks get.
    """

    def __init__(
        self, folder: Path, *more: str, enter: Sequence[str] = (), pool: str = "base=203.0.113.0/24,size=27"
    ) -> None:
        self.folder = folder
        self._more = more
        self._enter = enter
        self._pool = pool
        self.host = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. One start that fails, as on a busy machine, is told and tried again."""
        try:
            self._start()
        except RuntimeError as reason:
            print(reason, file=sys.stderr)
            self.stop(kill=True)
            self._start()

    def ensure(self) -> None:
        """Start it again if a test that failed left it stopped: the next test is to fail for its own reasons only."""
        if self.docker("version", check=False).returncode:
            self.stop(kill=True)
            self.start()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "daemon.json").write_text("{}")
        with (self.folder / "dockerd.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def _command(self) -> list[str]:
        return [
            *self._enter,
            "dockerd",
            f"--config-file={self.folder}/daemon.json",
            f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/exec",
            f"--pidfile={self.folder}/docker.pid",
            *(f"--host={host}" for host in (self.host, *self._more)),
            "--bip=192.0.2.1/26",
            f"--default-address-pool={self._pool}",
        ]

    def _wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while self.docker("version", check=False).returncode:
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / "dockerd.log").read_text(errors="replace").splitlines()[-8:]
                raise RuntimeError("the test's dockerd does not start: " + " / ".join(tail))
            time.sleep(0.2)

    def stop(self, *, kill: bool = False) -> None:
        """Stop it; with `kill` as a crash would."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            kill = True
            self._process.kill()
            self._process.wait()
        self._process = None
        if kill:
            # Where no process 1 asks after the dead, containerd's number would still count as running.
            for pid in (self.folder / "docker.pid", self.folder / "exec" / "containerd" / "containerd.pid"):
                pid.unlink(missing_ok=True)

    def restart(self) -> None:
        """What `systemctl restart docker` does."""
        self.stop()
        self.start()

    def power_cut(self) -> None:
        """End the daemon and every container as when the machine goes away: no process is told, /run is empty."""
        leaders = [found["State"]["Pid"] for found in self.containers() if found["State"]["Running"]]
        self.stop(kill=True)
        for pid in [*self._helpers(), *leaders]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not self._helpers(), "nothing of the daemon is left")
        self._unmount(self.folder)
        shutil.rmtree(self.folder / "exec", ignore_errors=True)

    def _helpers(self) -> list[int]:
        """containerd and its shims. Dead processes that are not reaped have no command line."""
        mark = f"{self.folder}/exec".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
        return found

    def _unmount(self, below: Path) -> None:
        for line in Path("/proc/mounts").read_text().splitlines():
            mount = line.split()[1]
            if mount.startswith(str(below)):
                subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)

    def remove(self) -> None:
        """Stop every container and the daemon, and delete all of its data."""
        ids = self.docker("ps", "-aq", check=False).stdout.split()
        if ids:
            self.docker("rm", "--force", "--volumes", *ids, check=False)
        self.stop()
        self._unmount(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def docker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a docker command against this daemon."""
        return subprocess.run(
            ["docker", *arguments],
            env={**os.environ, "DOCKER_HOST": self.host},
            capture_output=True,
            text=True,
            check=check,
        )

    def containers(self) -> list[dict[str, Any]]:
        """Every container, stopped ones too, as `docker inspect` shows them."""
        ids = self.docker("ps", "-aq", "--no-trunc").stdout.split()
        # One that is removed between the two commands is left out, with a non-zero exit code.
        return json.loads(self.docker("container", "inspect", *ids, check=False).stdout) if ids else []

    def copies(self, service: str) -> list[dict[str, Any]]:
        """The containers of one service of the spec; the proxy counts as one."""
        return [found for found in self.containers() if found["Config"]["Labels"].get("smarter-net.service") == service]

    def copy(self, service: str) -> str:
        """Id of the one container of a service."""
        (found,) = self.copies(service)
        identity: str = found["Id"]
        return identity

    def running(self) -> dict[str, int]:
        """How many running copies each service has."""
        count: dict[str, int] = {}
        for found in self.containers():
            service = found["Config"]["Labels"].get("smarter-net.service")
            if service and found["State"]["Running"] and not found["State"]["Paused"]:
                count[service] = count.get(service, 0) + 1
        return count
