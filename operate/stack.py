"""One stack on this laptop: its stack file, its engine settings, its topology without any secret's value."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from config.derive import derive, host_of
from config.stackfile.host_settings import LocalHostSettings, SshHostSettings
from config.stackfile.read import as_far_as_possible, host_in, read_stack_file, text_of
from config.stackfile.settings import Settings
from config.topology.model import PROJECT
from config.values.errors import StackError
from host import paths
from host.environment import for_an_engine
from host.errors import OperatorError
from operate.engine import passphrase
from tools.images import references

if TYPE_CHECKING:
    from config.checks.located import Located
    from config.stackfile.read import Loaded
    from config.topology.model import LocalHost, SshHost, Topology
    from operate.stackfile import StackFile

SESSIONS = "8"
"""What a run of the engine does at the same time on a server."""


@dataclass(frozen=True)
class Stack:
    """The stack of that name in this project folder."""

    name: str
    folder: Path

    @cached_property
    def file(self) -> Path:
        """Its stack file."""
        path = self.folder / f"Pulumi.{self.name}.yaml"
        if not path.exists():
            known = sorted(found.name.split(".")[1] for found in self.folder.glob("Pulumi.*.yaml"))
            raise OperatorError(f"STACK={self.name}: there is no {path.name}; known are {', '.join(known)}")
        return path

    @cached_property
    def settings(self) -> Settings:
        """What the stack file says, before it is known whether it all fits and whether its secrets are there."""
        return Settings.parse(read_stack_file(self.file).raw)

    @cached_property
    def topology(self) -> Topology:
        """What is to exist; StackError if the stack file is wrong."""
        return self._derived(read_stack_file(self.file))

    def topology_of(self, file: StackFile) -> Topology:
        """What would exist with another text of the stack file; StackError if that is wrong."""
        return self._derived(file.loaded())

    def _derived(self, loaded: Loaded) -> Topology:
        return derive(self.name, Settings.parse(loaded.raw), loaded.secrets, references())

    @cached_property
    def mistakes(self) -> list[Located]:
        """All that is wrong with the stack file; empty if it is right."""
        try:
            self.topology  # noqa: B018  is asked for anyhow
        except StackError:
            # What finds the lines is not needed for a file that is right.
            from config.checks.located import all_mistakes  # noqa: PLC0415

            return all_mistakes(self.file)
        return []

    @cached_property
    def host(self) -> LocalHost | SshHost:
        """The stack's machine, whatever else the file says; StackError if that is wrong itself."""
        if not self.mistakes:
            return self.topology.host
        text = text_of(self.file)
        loaded, _ = as_far_as_possible(text, self.file.name)
        own = loaded.raw.get("host") if loaded else host_in(text)
        server = isinstance(own, dict) and own.get("connection") == "ssh"
        try:
            return host_of((SshHostSettings if server else LocalHostSettings).model_validate(own))
        except ValidationError:
            wrong = next((found.error for found in self.mistakes if found.error.key.startswith("host")), None)
            raise wrong or self.mistakes[0].error from None

    @property
    def names(self) -> list[str]:
        """The proxy and the services, as the spec calls them."""
        return [self.topology.proxy.name, *(spec.name for spec in self.topology.services)]

    @property
    def closed(self) -> list[str]:
        """A line for each service that is stopped and each site in maintenance, so that they are not forgotten."""
        says = f"as {self.file.name} says"
        stopped = [spec.name for spec in self.topology.services if spec.stopped]
        maintained = [str(site.host) for site in self.topology.sites if site.maintenance]
        return [
            *(f"{name}: stopped, {says}; `make start SERVICE={name}` starts it" for name in stopped),
            *(f"{host}: in maintenance, {says}; `make maintenance SITE={host} OFF=1` opens it" for host in maintained),
        ]

    @property
    def root(self) -> Path:
        """The folder on the host that the scripts and the proxy's config live in."""
        return paths.folder(self.host, self.name)

    @property
    def state_folder(self) -> Path:
        """Where the engine keeps its state when no other backend is named."""
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        return Path(state) / PROJECT / "engine"

    @cached_property
    def environment(self) -> dict[str, str]:
        """What the engine is run with. A backend and a passphrase that the operator has set are kept."""
        env = dict(os.environ)
        if env.get("DOCKER_HOST"):
            # As docker itself has it. The engine's Docker plugin would take the context's.
            env.pop("DOCKER_CONTEXT", None)
        if not env.get("PULUMI_BACKEND_URL"):
            self.state_folder.mkdir(parents=True, exist_ok=True)
            env["PULUMI_BACKEND_URL"] = f"file://{self.state_folder}"
        if isinstance(self.settings.host, SshHostSettings):
            if passphrase.needed(self.file, env["PULUMI_BACKEND_URL"]):
                passphrase.check(env, self.file.name)
            # A server's sshd has room for ten sessions on a connection and drops new ones in a crowd.
            env.setdefault("PULUMI_PARALLEL", SESSIONS)
        elif passphrase.VALUE not in env and passphrase.FILE not in env:
            # A local stack starts without any account: what it encrypts is worth nothing elsewhere.
            env[passphrase.VALUE] = ""
        env["PULUMI_SKIP_UPDATE_CHECK"] = "true"
        # Engine and plugins live for seconds: collecting garbage less often takes a tenth off a run.
        env.setdefault("GOGC", "400")
        # The language host lets uv bring .venv up to date before each program; uv.lock is not its to change.
        env["UV_LOCKED"] = "1"
        # Into the host's history, beside what was done.
        env.setdefault("SMARTER_NET_BY", f"{getpass.getuser()}@{socket.gethostname()}")
        # What runs the program on the host where the host is this machine, which may have no other Python.
        env.setdefault("SMARTER_NET_PYTHON", sys.executable)
        return for_an_engine(env) if isinstance(self.settings.host, SshHostSettings) else env


def refuse_idle(service: str, stack: Stack) -> None:
    """OperatorError if no such service is known, or it does not run because the stack file says so."""
    refuse_planned(service, stack)
    if service != stack.topology.proxy.name and stack.topology.service(service).stopped:
        raise OperatorError(f"SERVICE={service}: is stopped; `make start SERVICE={service}` starts it")


def refuse_planned(service: str, stack: Stack) -> None:
    """OperatorError if no such service is known, or it is only planned."""
    refuse_unknown(service, stack.names)
    if service != stack.topology.proxy.name and not stack.topology.service(service).enabled:
        raise OperatorError(f"SERVICE={service}: is only planned; set `enabled: true` in services.{service} first")


def refuse_unknown(service: str, known: list[str]) -> None:
    """OperatorError if no such service is known."""
    if service not in known:
        there = ", ".join(dict.fromkeys(known)) or "none"
        raise OperatorError(f"SERVICE={service}: there is no such service; known are {there}")
