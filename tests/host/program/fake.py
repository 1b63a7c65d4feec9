"""A Docker, a clock and a folder for the program on the host. Their state is in a file: it outlives a process.

What Docker answers has the form of the real one's: tests/engine/changes/test_host_program.py asks both the same.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from host.program.clock import Clock
from host.program.docker import Answer, Docker
from host.program.names import NOWHERE, PROXY, RELEASE, SERVICE, STACK
from host.program.place import Place
from host.program.request import Request

if TYPE_CHECKING:
    from pathlib import Path

STARTED = 100.0
A_CALL = 0.05
"""Seconds."""


@dataclass
class Copy:
    """A container of n8n's, and how it behaves."""

    id: str
    running: bool = False
    since: float = 0.0
    exit_code: int = 0
    ready_after: float = 1.0
    never_ready: str = ""
    """What it answers instead, for ever."""
    dies_after: float = 0.0
    """It is then started again and again."""
    back_after: float = float("inf")
    """Seconds after that crash, after which it answers again."""
    away: tuple[float, float] = (0.0, 0.0)
    """Seconds after its start between which it does not answer."""
    start_fails: str = ""
    log: list[str] = field(default_factory=list)
    health: bool = False
    """It has a health check of its own, and speaks no HTTP."""
    busy_until: float = 0.0
    """The proxy has a request open to it until then."""
    processes: int = 0
    """How many it may have; any number without a limit."""
    stubborn: bool = False
    """Docker cannot stop it."""
    removed: bool = False

    @property
    def name(self) -> str:
        """Docker's name for it."""
        return f"n8n-{self.id}"

    def ready(self, now: float) -> bool:
        """Whether it answers as it should."""
        age = now - self.since
        away = self.away[0] <= age < self.away[1]
        return self.running and not self.never_ready and self.answers(now) and age >= self.ready_after and not away

    def dead(self, now: float) -> bool:
        """Whether it has crashed since it was started."""
        return self.running and bool(self.dies_after) and now - self.since >= self.dies_after

    def answers(self, now: float) -> bool:
        """Whether anything listens."""
        return not self.dead(now) or now - self.since >= self.dies_after + self.back_after


@dataclass
class State:
    """Everything that there is, beside the stack's folder."""

    copies: dict[str, Copy] = field(default_factory=dict)
    now: float = STARTED
    proxy: bool = True
    """It runs."""
    unreachable: int = 0
    """Calls that no daemon answers."""
    steps: int = 0
    calls: list[str] = field(default_factory=list)
    most: int = 0
    """How many copies ran at the same time at most."""


class World:
    """One host with a service, n8n. Before the step `kill` the process is killed, before `stop` it is stopped."""

    def __init__(self, folder: Path, *copies: Copy) -> None:
        self.folder = folder
        self.file = folder / "world.json"
        self.kill = self.stop = 0
        self.state = State()
        self._process = os.getpid()
        if self.file.exists():
            self.load()
        else:
            for name in ("bin", "run", "log", "proxy/releases"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            self.state.copies = {copy.id: copy for copy in copies}
            self.save()
        self.clock = FakeClock(self)
        self.docker = FakeDocker(self)
        self.place = FakePlace(self)

    def load(self) -> None:
        """What another process has left."""
        found = json.loads(self.file.read_text())
        found["copies"] = {id_: Copy(**copy) for id_, copy in found["copies"].items()}
        self.state = State(**found)

    def save(self) -> None:
        self.file.write_text(json.dumps(asdict(self.state)))

    def copy(self, id_: str) -> Copy:
        return self.state.copies[id_]

    def serving(self) -> list[str]:
        """Ids of the copies that run."""
        return [copy.id for copy in self.state.copies.values() if copy.running]

    def pointed(self) -> str:
        """Id of the copy that requests go to; empty while they are held."""
        address = self.place.address("n8n")
        return "" if address in {"", NOWHERE} else address.rsplit(":", 1)[0].removeprefix("n8n-")

    def serve(self, id_: str) -> World:
        """A copy serves, since long ago."""
        copy = self.copy(id_)
        copy.running, copy.since = True, 0.0
        self.place.point("n8n", f"{copy.name}:5678")
        self.state.steps = 0
        self.save()
        return self

    def step(self) -> None:
        """The program is about to do something to the host."""
        if self._process != os.getpid():
            # Another one may have been killed before this one.
            self._process = os.getpid()
            self.load()
        self.state.steps += 1
        self.save()
        if self.state.steps == self.stop:
            (self.folder / "stopped").write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.state.steps == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


class FakeClock(Clock):
    """Passes only when it is waited for, and a little with each call of Docker."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        return self._world.state.now

    def sleep(self, seconds: float) -> None:
        self._world.state.now += seconds


class FakePlace(Place):
    """A real folder. Each file that is written is a step."""

    def __init__(self, world: World) -> None:
        super().__init__(world.folder, world.clock)
        self._world = world

    def write(self, path: Path, content: bytes, mode: int = 0o600, *, sync: bool = True) -> None:  # noqa: ARG002  slow
        self._world.step()
        super().write(path, content, mode, sync=False)

    def settle(self, service: str) -> None:
        """Slow, and nothing that a process sees."""


class FakeDocker(Docker):
    """Answers as Docker does. Each call is a step."""

    def __init__(self, world: World) -> None:
        super().__init__(world.clock)
        self._world = world

    def call(self, *arguments: str) -> Answer:
        world = self._world
        world.step()
        world.state.now += A_CALL
        world.state.calls.append(" ".join(arguments))
        if world.state.unreachable:
            world.state.unreachable -= 1
            return Answer(1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n")
        answer = self._answer(*arguments)
        world.state.most = max(world.state.most, len(world.serving()))
        world.save()
        return answer

    def _answer(self, command: str, *rest: str) -> Answer:
        answers = {
            "inspect": lambda: self._inspect(rest[2:]),
            "ps": lambda: self._ps([word for word in rest if word.startswith("label=")]),
            "exec": lambda: self._wget(rest[-1]),
            "image": lambda: Answer(1, "[]\n", "Error: No such image: x\n"),
        }
        if command in answers:
            return answers[command]()
        copy = self._world.state.copies.get(rest[-1])
        if copy is None:
            return Answer(1, "", f"Error response from daemon: No such container: {rest[-1]}\n")
        return self._change(command, copy, rest[:-1])

    def _ps(self, labels: list[str]) -> Answer:
        ours = labels == [f"label={STACK}=dev", f"label={SERVICE}=n8n"]
        return Answer(0, "".join(f"{id_}\n" for id_ in self._world.serving()) if ours else "", "")

    def _change(self, command: str, copy: Copy, options: tuple[str, ...]) -> Answer:
        state = self._world.state
        if command == "logs":
            # Its lines came as it started, before Docker had noted a start: no time of this start finds them.
            shown = [] if "--since" in options else copy.log
            return Answer(0, "", "".join(f"{line}\n" for line in shown))
        if command == "update":
            copy.processes = int(options[-1])
        elif command == "start":
            if copy.start_fails:
                return Answer(1, "", f"Error response from daemon: {copy.start_fails}\nfailed to start containers\n")
            if not copy.running:
                copy.running, copy.since = True, state.now
        elif copy.stubborn:
            return Answer(1, "", "Error response from daemon: cannot stop container: permission denied\n")
        else:
            copy.running, copy.exit_code = False, 143
        return Answer(0, f"{copy.id}\n", "")

    def _inspect(self, names: tuple[str, ...]) -> Answer:
        found, missing = [], ""
        for name in names:
            copy = self._world.state.copies.get(name.removeprefix("n8n-"))
            if name == PROXY:
                found.append(_shown("proxy", PROXY, running=self._world.state.proxy))
            elif copy is None or copy.removed:
                missing += f"Error: No such container: {name}\n"
            else:
                found.append(self._copy(copy))
        return Answer(int(bool(missing)), json.dumps(found), missing)

    def _copy(self, copy: Copy) -> dict[str, Any]:
        now = self._world.state.now
        shown = _shown(copy.id, copy.name, running=copy.running, release=copy.id)
        shown["RestartCount"] = int(copy.dead(now))
        shown["State"]["ExitCode"] = copy.exit_code
        if copy.health:
            said = copy.never_ready or ("fine" if copy.ready(now) else "no response")
            status = "healthy" if copy.ready(now) else "starting"
            shown["State"]["Health"] = {"Status": status, "Log": [{"Output": f"{said}\n"}]}
        return shown

    def _wget(self, url: str) -> Answer:
        now = self._world.state.now
        if not self._world.state.proxy:
            return Answer(1, "", "Error response from daemon: container 0123 is not running\n")
        host, _, path = url.removeprefix("http://").partition("/")
        copies = self._world.state.copies.values()
        if path == "reverse_proxy/upstreams":
            known = [{"address": "{file./etc/caddy/releases/n8n}", "num_requests": 1, "fails": 0}]
            busy = [
                {"address": f"{copy.name}:5678", "num_requests": 1, "fails": 0}
                for copy in copies
                if copy.busy_until > now
            ]
            return Answer(0, json.dumps(known + busy) + "\n", "")
        for copy in copies:
            if host == f"{copy.name}:5678" and copy.running and copy.answers(now):
                if copy.ready(now):
                    return Answer(0, "ok", "")
                said = copy.never_ready or "server returned error: HTTP/1.1 503 Service Unavailable"
                return Answer(1, "", f"wget: {said}\n")
        return Answer(1, "", f"wget: can't connect to remote host: Connection refused ({host})\n")


def _shown(id_: str, name: str, *, running: bool, release: str = "") -> dict[str, Any]:
    """What `docker inspect` shows of a container, as far as it is read."""
    return {
        "Id": id_,
        "Name": f"/{name}",
        "RestartCount": 0,
        "State": {
            "Running": running, "ExitCode": 0, "OOMKilled": False, "Pid": 0, "FinishedAt": "0001-01-01T00:00:00Z",
        },
        "Config": {"Labels": {STACK: "dev", SERVICE: "n8n", RELEASE: release}},
        "HostConfig": {"PortBindings": {}},
    }  # fmt: skip


def request(container: str, **changed: object) -> Request:
    """A rollout of n8n to that container, in the order recreate."""
    asked: dict[str, object] = {
        "stack": "dev", "service": "n8n", "container": container, "release": container, "image": f"n8n:{container}",
        "settings": '{"memory": "1GiB"}', "port": 5678, "order": "recreate", "readiness": "/healthz", "failure": "",
        "first_start_cut": "", "way_out": "", "start": 10, "settle": 2, "drain": 5, "stop": 3, "by": "tester@laptop",
    }  # fmt: skip
    return Request.parse(json.dumps({**asked, **changed}))
