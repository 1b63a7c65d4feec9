"""Fixtures of the tests that run the real engine against a real daemon."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.drawn import left_out
from tests.rig.dockerd import Dockerd
from tests.rig.namespace import enter_own_network
from tests.rig.project import Project
from tests.rig.skip import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parents[1]
STACK_FILE = re.compile(r"Pulumi\.[^/.]+\.yaml")
READERS = ("tests/config/test_own_stack_files.py",)


def _stack_files_are_the_operators(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse to open the tree's stack files: a test that reads them is red after an operator's next edit."""
    path = arguments[0] if event == "open" and arguments else None
    if not isinstance(path, str | os.PathLike) or not STACK_FILE.fullmatch(Path(path).name):
        return
    if Path(path).absolute().parent == ROOT and not os.environ.get("PYTEST_CURRENT_TEST", "").startswith(READERS):
        raise AssertionError(f"{path} is the operator's; read the one in tests/stacks")


sys.addaudithook(_stack_files_are_the_operators)

# What `make test` hands on to each `make` below it; a test's own is one that a person types.
for _of_make in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(_of_make, None)

# A run that was begun in the background, or by nohup, ignores these, and would hand that on to all that it starts.
for _number, _usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not drawn this time, behind all other choices; see `tests.drawn`."""
    seed = os.environ.get("DRAWN")
    left = left_out(items, seed) if seed else []
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]


@pytest.fixture(scope="session")
def dockerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dockerd]:
    """The tests' own daemon, with the stand-in images. A user's laptop skips what needs it; CI does not."""
    missing = _missing()
    if missing:
        skip_or_fail(missing)
    if "PYTEST_XDIST_WORKER" in os.environ:
        enter_own_network()
    # Short: a socket's path has at most 107 characters.
    daemon = Dockerd(Path(tmp_path_factory.mktemp("d")) / "d")
    daemon.start()
    try:
        from tools.images import ensure  # noqa: PLC0415  only where there is a daemon

        ensure(daemon.host)
        yield daemon
    finally:
        daemon.remove()


def _missing() -> str | None:
    """Why the daemon cannot be had here; None if it can."""
    if os.geteuid() != 0:
        return "needs root: a Docker daemon of the tests' own, in a network namespace of its own"
    # Not /sys/class/net, which shows the interfaces of the namespace that mounted it.
    if "docker0" in (name for _, name in socket.if_nameindex()):
        return "there is a Docker daemon in this network namespace; `make test` makes one for the tests alone"
    for program in ("dockerd", "docker", "pulumi"):
        if not shutil.which(program):
            return f"needs {program}; `make test` provides it"
    return None


@pytest.fixture(scope="module")
def project(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A dev stack that a module's tests share, taken down at the end."""
    made = Project(tmp_path_factory.mktemp("project") / "p", dockerd.host)
    dockerd.ensure()
    yield made
    dockerd.ensure()
    clear(dockerd)


def clear(dockerd: Dockerd) -> None:
    """Leave the daemon as it was: its images, and nothing else.

    Docker 20.10 now and then counts an endpoint on a network that has none, until it is started again.
    """
    if not _cleared(dockerd):
        dockerd.restart()
        if not _cleared(dockerd):
            raise RuntimeError("the test's Docker keeps a network that nothing is on")


def _cleared(dockerd: Dockerd) -> bool:
    ids = dockerd.docker("ps", "-aq").stdout.split()
    if ids:
        dockerd.docker("rm", "--force", "--volumes", *ids)
    for kind in ("volume", "network"):
        names = dockerd.docker(kind, "ls", "-q", "--filter", "label=smarter-net.stack").stdout.split()
        if names and dockerd.docker(kind, "rm", *names, check=False).returncode:
            return False
    return True
