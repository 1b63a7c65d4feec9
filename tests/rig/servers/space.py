"""Namespaces of a machine that is not there, held open by one process and entered by its number.

No names (`ip netns`): two test runs cannot meet, and nothing is left behind when a run is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path


class Space:
    """A network namespace, and with `files` a mount and a host name's namespace too. Needs root."""

    def __init__(self, *, files: bool = False) -> None:
        kinds = ("net", "mnt", "uts") if files else ("net",)
        # It ends when its standard input does: with us, however we end.
        self._holder = subprocess.Popen(
            ["unshare", "--net", *(["--mount", "--uts"] if files else []), "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._holder.stdout is not None
        if not self._holder.stdout.readline():
            raise RuntimeError("no namespace of one's own; these tests need root on Linux")
        self.pid = self._holder.pid
        options = {"net": "--net", "mnt": "--mount", "uts": "--uts"}
        self.enter = ("nsenter", *(f"{options[kind]}=/proc/{self.pid}/ns/{kind}" for kind in kinds))
        """Put before a command to run it in there."""
        self.run("ip", "link", "set", "lo", "up")

    def run(
        self, *command: str, stdin: str = "", check: bool = True, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in there; AssertionError with what it said if it fails and `check` is on."""
        line = [*self.enter, *command]
        result = subprocess.run(line, input=stdin, capture_output=True, text=True, check=False, timeout=timeout)
        if check and result.returncode:
            raise AssertionError(f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
        return result

    def shell(self, script: str) -> str:
        """Run a shell script in there; what it prints."""
        return self.run("sh", "-eu", "-s", stdin=script).stdout

    def close(self) -> None:
        """End every process that was started in there, and with the last one the namespaces."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue  # ended by itself
        self._holder.communicate()

    def processes(self) -> list[int]:
        """Numbers of the processes that are in its network."""
        ours = Path(f"/proc/{self.pid}/ns/net").readlink()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "ns" / "net").readlink() == ours:
                    found.append(int(process.name))
            except OSError:
                continue  # ended by itself
        return found
