"""What `ssh` is started with when a command runs on a server."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from config.topology.model import LocalHost, SshHost
from host import volumes
from host.daemon import Daemon
from host.environment import TOLD, for_an_engine
from host.machine import Machine
from tests.config.stacks import topology

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = (
    "PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG", "GH_TOKEN",
    "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "CLOUDFLARE_API_TOKEN", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DOCKER_AUTH_CONFIG", "NPM_TOKEN", "DATABASE_URL", "ANY_OTHER",
)  # fmt: skip
OWN = {
    "SSH_AUTH_SOCK": "/run/agent", "LANG": "C.UTF-8", "LC_ALL": "C", "TERM": "dumb", "XDG_RUNTIME_DIR": "/run/user/0",
    "DOCKER_CONFIG": "/nowhere", "https_proxy": "http://proxy:3128", "SMARTER_NET_BY": "ana@laptop",
}  # fmt: skip
PRINTS = "import json, os, sys\nprint(json.dumps(dict(os.environ)))\n"


@pytest.fixture
def _fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An `ssh` and a `docker` that print their environment, in one that holds much."""
    for name in ("ssh", "docker"):
        (tmp_path / name).write_text(f"#!{sys.executable}\n{PRINTS}")
        (tmp_path / name).chmod(0o755)
    for name, value in {**dict.fromkeys(SECRETS, "hidden"), **OWN, "PATH": f"{tmp_path}:{os.environ['PATH']}"}.items():
        monkeypatch.setenv(name, value)


def judge(printed: str) -> None:
    got = json.loads(printed)
    assert not got.keys() & set(SECRETS)
    assert "hidden" not in got.values()
    assert got.items() >= OWN.items()


@pytest.mark.usefixtures("_fakes")
def test_docker_of_this_machine_is_started_without_them_too() -> None:
    judge(Machine(LocalHost()).run(["docker", "ps"]).stdout)


@pytest.mark.usefixtures("_fakes")
def test_a_volume_is_read_without_them() -> None:
    daemon: Any = Daemon("prod", Machine(LocalHost()))
    seen: list[Any] = []

    def opened(*_: object, env: dict[str, str], **__: object) -> None:
        seen.append(env)
        raise StopIteration

    with mock.patch("subprocess.Popen", opened), mock.patch.object(volumes, "carrier", mock.MagicMock()):
        for act in (
            lambda: volumes.empty(daemon, "v"),
            lambda: list(volumes.read(daemon, "v", [])),
            lambda: volumes.write(daemon, "v", io.BytesIO()),
        ):
            with pytest.raises((StopIteration, RuntimeError)):
                act()
    assert len(seen) == 3
    for each in seen:
        judge(json.dumps(each))


@pytest.mark.usefixtures("_fakes")
def test_the_ssh_that_the_engines_plugins_start_has_none_of_the_engines_secrets() -> None:
    engine = for_an_engine(os.environ)
    assert engine["PULUMI_CONFIG_PASSPHRASE"] == "hidden"
    multiline = {"KEY": "-----BEGIN\nLANG=x\nAWS_SECRET_ACCESS_KEY=hidden\n-----END"}
    # As a plugin does, whatever it is told to run.
    done = subprocess.run(
        ["sh", "-c", "exec ssh -V"], env=engine | multiline, capture_output=True, text=True, check=True
    )
    judge(done.stdout)
    assert "KEY" not in json.loads(done.stdout)


@pytest.mark.usefixtures("_fakes")
def test_it_hands_over_arguments_streams_and_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "ssh").write_text('#!/bin/sh\nprintf "<%s>" "$@"; cat; exit 255\n')
    line = ["ssh", "-o", "A=b c", "root@x", "sh -c 'echo *'", ""]
    done = subprocess.run(line, env=for_an_engine(os.environ), input="in", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (255, "<-o><A=b c><root@x><sh -c 'echo *'><>in")


@pytest.mark.usefixtures("_fakes")
def test_a_plain_pulumi_finds_the_same_ssh_as_ever() -> None:
    """Where `make` did not say what to keep, all is kept."""
    engine = {name: value for name, value in for_an_engine(os.environ).items() if name != TOLD}
    done = subprocess.run(["ssh", "-V"], env=engine, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["PULUMI_CONFIG_PASSPHRASE"] == "hidden"


@pytest.mark.usefixtures("_fakes")
def test_ssh_is_started_without_secrets_that_it_has_no_use_for() -> None:
    host = topology("prod").host
    assert isinstance(host, SshHost)
    judge(Machine(host).run(["true"]).stdout)
