"""What `swarm.sh` makes of a daemon's answer. The daemon stands in here; tests/server/test_deploy.py has a real one."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from host.paths import SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

DOCKER = """#!/bin/sh
echo "$*" >>{calls}
case $1 in info) echo '{state}' ;; esac
"""


def run(folder: Path, state: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The script's end, and what it asked of Docker."""
    for name in ("bin", "run", "path"):
        (folder / name).mkdir()
    for script in ("swarm.sh", "lib.sh"):
        (folder / "bin" / script).symlink_to(SCRIPTS / script)
    calls = folder / "calls"
    (folder / "path" / "docker").write_text(DOCKER.format(calls=calls, state=state))
    (folder / "path" / "docker").chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}/path:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", str(folder / "bin" / "swarm.sh")],
        input="203.0.113.10\n", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done, calls.read_text()


def test_it_is_switched_on_once_and_left_alone_afterwards(tmp_path: Path) -> None:
    (tmp_path / "off").mkdir()
    (tmp_path / "on").mkdir()
    _, asked = run(tmp_path / "off", "inactive false false")
    assert "swarm init --advertise-addr 203.0.113.10" in asked
    # On one machine no other node joins: without a firewall its ports were open to the Internet.
    assert "--listen-addr 127.0.0.1 --data-path-addr 127.0.0.1" in asked
    done, asked = run(tmp_path / "on", "active true false")
    assert done.returncode == 0
    assert "init" not in asked


@pytest.mark.parametrize(
    ("state", "said"), [("active false false", "a worker in a swarm"), ("inactive false true", "live-restore")]
)
def test_what_stands_in_its_way_is_one_line(tmp_path: Path, state: str, said: str) -> None:
    done, asked = run(tmp_path, state)
    assert done.returncode == 1
    assert done.stderr.startswith("docker: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert "init" not in asked
