"""The whole program against a monitor that writes down what it registers. Proves the wiring, never the behaviour."""

from __future__ import annotations

import asyncio
import json
import runpy
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from components.host import FoundNetwork, Host
from config.stackfile.read import SECRETS
from config.topology.model import PROJECT
from tests.config.stacks import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key that marks a wrapped value on the wire; a secret has the kind below."""
SECRET_KIND = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Registration:
    """One resource as the program asked for it."""

    type: str
    name: str
    inputs: dict[str, Any]
    """With every secret replaced by `Secret()`."""
    request: Any
    """The engine's own message: protect, deleteBeforeReplace, parent, provider, …"""


@dataclass(frozen=True)
class Secret:
    """Stands for a value that the engine was told to keep secret."""

    value: object


@dataclass(frozen=True)
class Recording:
    """All registrations of one run, in their order."""

    registrations: tuple[Registration, ...]

    def of(self, type_: str) -> dict[str, Registration]:
        """Those of one type, by name."""
        return {found.name: found for found in self.registrations if found.type == type_}

    def text(self) -> str:
        """All that went over the wire in clear."""
        return json.dumps([found.inputs for found in self.registrations], default=lambda _: "secret", sort_keys=True)


class _Answers(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"id-of-{args.name}", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.registrations: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802, ANN401  the SDK's own signature
        inputs = _unwrap(json_format.MessageToDict(request.object))
        self.registrations.append(Registration(request.type, request.name, inputs, request))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def record(
    stack: str, config: Mapping[str, Any], secrets: Mapping[str, str] | None = None,
    network: FoundNetwork | None = None,
) -> Recording:  # fmt: skip
    """Run `__main__.py` for a stack with these settings and secrets, on a host that has that network."""
    monitor = _Monitor(_Answers())
    flat = {f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    sealed = {f"{SECRETS}:{key}": value for key, value in (secrets or {}).items()}

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    # The process is not the program's own: what an interrupt does in it stays as it is.
    with (
        _loop() as loop,
        mock.patch.object(Host, "find_network", return_value=network),
        mock.patch.object(signal, "signal"),
    ):
        mocks.set_mocks(monitor.mocks, project=PROJECT, stack=stack, preview=False, monitor=monitor)
        pulumi.runtime.set_all_config({**flat, **sealed}, secret_keys=list(sealed))
        loop.run_until_complete(run_pulumi_func(program))
    return Recording(tuple(monitor.registrations))


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop for one run, closed after it, and those of its threads too: the mocks want one in each."""
    opened: list[asyncio.AbstractEventLoop] = []

    def open_one() -> None:
        opened.append(asyncio.new_event_loop())
        asyncio.set_event_loop(opened[-1])

    open_one()
    loop = opened[0]
    loop.set_default_executor(ThreadPoolExecutor(initializer=open_one))
    try:
        yield loop
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        for one in opened:
            one.close()
        asyncio.set_event_loop(None)


def _unwrap(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_KIND:
            return Secret(_unwrap(value.get("value")))
        return {key: _unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unwrap(item) for item in value]
    return value
