"""What is asked and told before a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from operate import prepare, terminal

ROOT = Path(__file__).parents[2]
NO_USER = 65534
DENIED = "a daemon is there, and this user may not ask it; `sudo usermod -aG docker "
SAID = (
    # Docker 20.10 and 28
    (
        "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
        "Get http://%2Fvar%2Frun%2Fdocker.sock/v1.24/info: dial unix /var/run/docker.sock: connect: permission denied"
    ),
    "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
)


@pytest.mark.parametrize("typed", ["yes", "YES", " y", "si", "sí", "SÍ", "s"])
def test_yes_counts_in_both_languages(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(terminal.console, "input", lambda _: typed)
    assert terminal.agreed("Go ahead?")


@pytest.mark.parametrize("typed", ["", "no", "n", "sino", "yes?"])
def test_all_else_is_no(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(terminal.console, "input", lambda _: typed)
    assert not terminal.agreed("Go ahead?")


@pytest.mark.parametrize("said", SAID)
def test_a_socket_that_is_closed_to_the_user_is_not_a_missing_docker(said: str) -> None:
    line = prepare.unanswered(said)
    assert DENIED in line
    assert "install" not in line


@pytest.mark.parametrize(
    "said",
    [
        # Docker 20.10 and 28
        'Current context "missing" is not found on the file system, please check your config file at /root/config.json',
        'unable to resolve docker endpoint: context "missing": context not found: no such file or directory',
    ],
)
def test_a_docker_context_that_is_not_there_is_named(said: str) -> None:
    assert prepare.unanswered(said) == "docker: there is no context missing; `docker context ls` shows what there is"
    assert "context ls" not in prepare.unanswered("error during connect: context deadline exceeded")


def test_a_daemon_that_is_not_there_is_to_be_started() -> None:
    line = prepare.unanswered(
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the daemon running?"
    )
    assert line == "docker: no daemon answers; start it, or point DOCKER_HOST at one that runs"


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="becomes another user")
def test_dockers_own_words_for_a_socket_that_is_closed(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not shutil.which("docker"):
        pytest.skip("needs docker")
    folder = tmp_path_factory.mktemp("closed")
    # Where other users can read it.
    script = shutil.copy(ROOT / "tools" / "toolchain" / "docker", "/tmp/smarter-net-docker-test")
    try:
        asked = subprocess.run(
            ["sh", str(script)], env={"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{folder}/docker.sock"},
            capture_output=True, text=True, check=False, user=NO_USER, group=NO_USER, extra_groups=[], cwd="/",
        )  # fmt: skip
    finally:
        Path(script).unlink()
    assert asked.returncode == 1
    assert DENIED in asked.stderr, asked.stderr
