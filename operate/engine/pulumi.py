"""The Pulumi engine, as its ordinary command: state, locks, and the runs that an operator watches."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.topology.model import PROJECT
from config.topology.records import IN_STATE
from host.errors import Interrupted, OperatorError
from host.names import RECORD
from host.run import capture, last_line
from operate.engine import events, interruptions
from operate.engine.changes import Step, steps
from operate.engine.failures import failures
from operate.engine.state import State
from operate.engine.watched import Watched

if TYPE_CHECKING:
    import re
    import subprocess
    from collections.abc import Callable

    from operate.stack import Stack

JSON = dict[str, Any]


@dataclass(frozen=True)
class Lock:
    """Who holds the state, as the engine's file backend writes it down."""

    holder: str
    stale: bool
    """The process that took it ran on this machine and is gone."""


@dataclass(frozen=True)
class Run:
    """How a run of the engine ended."""

    code: int
    """Its exit code."""
    operations: events.Operations
    """What it did, or would do."""
    steps: list[Step]
    """The same with the old and the new inputs of each resource."""


class Engine:
    """The engine for one stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def open(self) -> None:
        """Make the stack known to the backend, if it is not yet.

        One that is there is not selected: a plain `pulumi` goes on with the stack that its user has chosen.
        """
        self._mend()
        folder = self._folder()
        if folder and (folder / "stacks" / PROJECT / f"{self.stack.name}.json").exists():
            return
        result = self._capture("stack", "select", "--create", self.stack.name)
        if result.returncode:
            raise OperatorError(f"pulumi: {last_line(result.stderr, 'cannot open the stack')}")

    def state(self) -> State:
        """The recorded deployment; empty if there is none yet."""
        return State.of(self._export() or {})

    def locks(self) -> list[Lock]:
        """The locks on the state, where it lies in a folder; other backends keep their own."""
        folder = self._folder()
        return [_lock(path) for path in folder.glob(f"locks/organization/*/{self.stack.name}/*.json")] if folder else []

    def cancel(self) -> None:
        """Remove the locks; only ever called for stale ones."""
        self._mend()
        self._capture("cancel", "--yes", "--stack", self.stack.name)

    def forget(self) -> None:
        """Remove the stack from the backend. Its file stays."""
        result = self._capture("stack", "rm", "--yes", "--force", "--preserve-config", self.stack.name)
        if result.returncode:
            raise OperatorError(f"pulumi: {last_line(result.stderr, 'cannot remove the stack')}")

    def change_state(self, change: Callable[[JSON], JSON]) -> int:
        """Put a changed deployment in the recorded one's place; how many resources it has fewer."""
        exported = self._capture("stack", "export", "--stack", self.stack.name)
        if exported.returncode:
            raise OperatorError(f"pulumi: {last_line(exported.stderr, 'cannot read the state')}")
        whole: JSON = json.loads(exported.stdout)
        before = whole["deployment"]
        whole["deployment"] = change(before)
        imported = self._capture("stack", "import", "--stack", self.stack.name, stdin=json.dumps(whole))
        if imported.returncode:
            raise OperatorError(f"pulumi: {last_line(imported.stderr, 'cannot write the state')}")
        return len(before["resources"]) - len(whole["deployment"]["resources"])

    def last_failure(self) -> str | None:
        """When the last run failed, in UTC; None if it did not, or if that cannot be found out."""
        result = self._capture("stack", "history", "--json", "--page-size", "1", "--stack", self.stack.name)
        runs = json.loads(result.stdout) if result.returncode == 0 and result.stdout.strip() else []
        if not runs or runs[0].get("result") != "failed":
            return None
        return str(runs[0].get("startTime", "")).replace("T", " ").removesuffix("Z")[:19]

    def secret(self, name: str) -> str:
        """A secret of the stack file, decrypted."""
        key = f"secret:{name}"
        result = self._capture("config", "get", key, "--stack", self.stack.name)
        if result.returncode:
            raise OperatorError(f"{key}: {last_line(result.stderr, 'pulumi cannot read it').removeprefix('error: ')}")
        return result.stdout.removesuffix("\n")

    def set_secret(self, name: str, value: str) -> None:
        """Put a secret into the stack file, encrypted. The value goes over stdin: a command line can be seen by all."""
        key = f"secret:{name}"
        result = self._capture("config", "set", "--secret", key, "--stack", self.stack.name, stdin=value)
        if result.returncode:
            raise OperatorError(f"{key}: {last_line(result.stderr, 'pulumi cannot set it').removeprefix('error: ')}")

    def run(self, *arguments: str, quiet: bool = False, without: re.Pattern[bytes] | None = None) -> Run:
        """A run that the operator watches. It ends with one line for each thing that failed.

        `quiet`: only those are shown. `without`: what the engine says, and is not true of this stack.
        Interrupted once the engine has ended after the operator asked it to.
        """
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "events"
            command = [*_pulumi(), *arguments, "--stack", self.stack.name, "--event-log", str(log), *_plain()]
            # The option is for programs that drive the engine, as Pulumi's own Automation API does, and hidden else.
            environment = {**self.stack.environment, "PULUMI_DEBUG_COMMANDS": "true", **self._records()}
            watched = Watched(
                command,
                lambda time: interruptions.waiting(events.read(log), time),
                environment=environment,
                folder=self.stack.folder,
                quiet=quiet,
                without=without,
            )
            code = watched.run()
            found = events.read(log)
        if watched.interruptions:
            raise Interrupted(interruptions.ended(found, arguments))
        for line in failures(found, self.stack.topology) if code else []:
            print(f"error: {line}", file=sys.stderr)
        return Run(code, events.operations(found), steps(found))

    def _records(self) -> dict[str, str]:
        """What a program that takes records over has to know, and cannot find out."""
        dns = self.stack.topology.dns
        if not (dns and dns.adopt):
            return {}
        state = self._export()
        if state is None:
            raise OperatorError("pulumi: the stack's state cannot be read, and dns.adopt must not be obeyed without it")
        return {IN_STATE: records_in(State.of(state))}

    def _export(self) -> JSON | None:
        """The recorded deployment; None if it cannot be read."""
        result = self._capture("stack", "export", "--stack", self.stack.name)
        if result.returncode:
            return None
        exported: JSON = json.loads(result.stdout)
        return exported.get("deployment") or {}

    def _folder(self) -> Path | None:
        """Where the engine keeps its files, if it does so on this machine."""
        url = self.stack.environment["PULUMI_BACKEND_URL"]
        return Path(url.removeprefix("file://")).expanduser() / ".pulumi" if url.startswith("file://") else None

    def _mend(self) -> None:
        """Remove what a run that was killed has left empty beside the state.

        The engine renames a whole state into place, but first writes its attributes in place: an empty file of those
        is "failed to load checkpoint: EOF" for ever, and none at all is fine. They only tell a type and a checksum.
        """
        folder = self._folder()
        for attributes in folder.glob(f"stacks/*/{self.stack.name}.json*.attrs") if folder else ():
            if not attributes.stat().st_size:
                attributes.unlink()

    def _capture(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [*_pulumi(), "--cwd", str(self.stack.folder), *arguments, "--non-interactive"]
        return capture(command, stdin=stdin, environment=self.stack.environment)


def records_in(state: State) -> str:
    """Names of the DNS records of a recorded deployment, with blanks between."""
    return " ".join(sorted(resource.name for resource in state.everything if resource.type == RECORD))


def _pulumi() -> list[str]:
    return [os.environ.get("PULUMI", "pulumi")]


def _plain() -> list[str]:
    """Options for a run whose output goes into a file or a pipe."""
    watched = sys.stdin.isatty() and sys.stdout.isatty()
    return [] if watched else ["--non-interactive", *([] if sys.stdout.isatty() else ["--color", "never"])]


def _lock(path: Path) -> Lock:
    try:
        content = json.loads(path.read_text())
        pid, user, host, when = (content[key] for key in ("pid", "username", "hostname", "timestamp"))
    except (OSError, ValueError, KeyError):
        return Lock(f"an unknown process ({path})", stale=False)
    stale = host == socket.gethostname() and not _is_engine(pid)
    return Lock(f"{user}@{host}, process {pid}, since {str(when)[:19]}", stale=stale)


def _is_engine(pid: int) -> bool:
    """Whether that process runs the engine. After a restart of the machine its number may be another program's."""
    if Path("/proc/self").exists():
        try:
            # Empty for a process that was killed and not reaped yet.
            command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]
        except OSError:
            return False
    else:
        command = capture(["ps", "-o", "comm=", "-p", str(pid)]).stdout.strip()
    return "pulumi" in Path(command).name
