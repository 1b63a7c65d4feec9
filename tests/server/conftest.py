"""Fixtures of the tests that run against servers. They need root on Linux and skip, outside CI, where it is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rig.servers.server import Internet, Server
from tests.rig.skip import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("docker", "dockerd", "ip", "iptables", "nft", "ssh", "sshd")


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    """An Internet with nothing in it yet."""
    missing = _missing()
    if missing:
        skip_or_fail(missing)
    # Short: a socket's path has at most 107 characters.
    with Internet(Path(tmp_path_factory.mktemp("i"))) as internet:
        yield internet


@pytest.fixture(scope="module")
def server(internet: Internet) -> Server:
    """A fresh server with the stand-in images."""
    from tools.images import ensure  # noqa: PLC0415  only where there is a daemon

    server = internet.server("vps1")
    ensure(server.dockerd.host)
    return server


def _missing() -> str | None:
    """Why there can be no servers here; None if there can."""
    if os.geteuid() != 0:
        return "needs root: servers in network namespaces"
    found = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    absent = [program for program in PROGRAMS if not shutil.which(program, path=found)]
    return f"needs {', '.join(absent)}; `tests/run-isolated` provides them" if absent else None
