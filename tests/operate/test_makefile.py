"""The Makefile, as an operator types at it."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.config.stacks import ROOT


def _make(*arguments: str, **exported: str) -> subprocess.CompletedProcess[str]:
    """`make` from a shell that has exported these."""
    environment = {**os.environ, **exported}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_variable_that_is_spelled_wrong_is_refused() -> None:
    asked = _make("STAK=prod", "help")
    assert asked.returncode
    assert "STAK: is no variable of this Makefile; known are STACK " in asked.stderr
    assert not asked.stdout


def test_the_list_of_commands_fits_a_terminal_of_80_columns() -> None:
    lines = _make("help").stdout.splitlines()
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    assert "  make start          Start a service that was stopped (SERVICE=n8n)" in lines


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("STAK", "STACK"), ("STACKK", "STACK"), ("STUCK", "STACK"), ("SATCK", "STACK"), ("TACK", "STACK"),
        ("STACKS", "STACK"), ("SERVIC", "SERVICE"), ("SERVICES", "SERVICE"), ("SEVRER", "SERVER"),
        ("IMAGES", "IMAGE"), ("SINC", "SINCE"),
        ("CONFRIM", "CONFIRM"), ("ROTTATE", "ROTATE"), ("FINGERPRNT", "FINGERPRINT"), ("DOKCER", "DOCKER"),
    ],
)  # fmt: skip
def test_one_that_is_spelled_wrong_in_the_environment_is_refused(name: str, meant: str) -> None:
    asked = _make("help", **{name: "prod"})
    assert asked.returncode
    assert not asked.stdout
    (line,) = asked.stderr.splitlines()
    assert f"*** {name}: is set in the environment, and no variable of this Makefile; say {meant}=, or `unset " in line


def test_of_several_one_is_named_and_always_the_same() -> None:
    assert "*** CONFIM: " in _make("help", STAK="prod", CONFIM="prod", SERVIC="n8n").stderr


def test_what_an_environment_often_has_is_left_alone() -> None:
    often = (
        "HOME", "SHELL", "TERM", "USER", "PATH", "PYTHON3", "PYTHONPATH", "DOCKER_HOST", "SERVER_NAME", "SERVER_PORT",
        "STACK_NAME", "N8N_SERVICE_HOST", "LINES", "COLUMNS", "GREP",
        "FROM_EMAIL", "YE", "YEST", "stak", "ST", "FORM", "STATE", "STAGE", "ONLINE",
    )  # fmt: skip
    ours = {"STACK": "prod", "SERVICE": "n8n", "SERVER": "local", "FROM": "backups/x", "ONLY": "real", "PYTHON": ""}
    environment = {name: os.environ.get(name, "x") for name in often} | ours
    assert _make("help", **environment).returncode == 0


def test_each_of_its_own_is_taken() -> None:
    assert not _make("STACK=dev", "ONLY=engine", "DOCKER=28", "PYTHON=3.14", "YES=1", "help").returncode


@pytest.mark.parametrize(
    "target", ["deploy", "logs", "psql", "restart", "rollback", "run", "shell", "start", "stop", "tunnel"]
)
def test_what_is_not_named_is_asked_for_before_anything_is_done(target: str) -> None:
    # That fails where it would be begun.
    nowhere = {"DOCKER_HOST": "unix:///nowhere"}
    asked = _make(target, **nowhere)
    assert asked.stderr.endswith(f"*** name the service: make {target} SERVICE=n8n.  Stop.\n")
    assert not asked.stdout
    if target == "deploy":
        assert "*** name the image: make deploy SERVICE=n8n IMAGE=" in _make(target, "SERVICE=n8n", **nowhere).stderr


def test_what_is_looked_for_in_a_log_is_taken_as_it_was_typed_and_from_no_environment() -> None:
    asked = _make("-n", "logs", "SERVICE=n8n,metabase", "SINCE=10m", "GREP=it's 5$", LINES="24").stdout
    assert r"--follow --since='10m' --grep='it'\''s 5$' " in asked
    assert "--lines='' 'n8n,metabase'" in asked
    assert "--lines='500' 'n8n'" in _make("-n", "logs", "SERVICE=n8n", "LINES=500", GREP="/bin/grep").stdout


def test_a_command_is_handed_on_as_it_was_typed_and_from_no_environment() -> None:
    asked = _make("-n", "run", "SERVICE=n8n", "COMMAND=echo '$HOME' | cat").stdout
    assert r"run --stack dev --command='echo '\''$HOME'\'' | cat' 'n8n'" in asked
    assert "--port='' 'n8n'" in _make("-n", "tunnel", "SERVICE=n8n", PORT="3000").stdout
    assert "say the command: make run SERVICE=n8n COMMAND=" in _make("run", "SERVICE=n8n", COMMAND="ls").stderr


@pytest.mark.parametrize("target", ["status", "history", "drift", "doctor"])
def test_json_is_asked_for_by_typing_it(target: str) -> None:
    assert " --json" in _make("-n", target, "JSON=1").stdout
    assert " --json" not in _make("-n", target, JSON="1").stdout


def test_the_list_of_targets_can_be_copied_from() -> None:
    shown = _make("STACK=prod").stdout
    assert 'eval "$(make -s env)"' in shown
    assert "$$" not in shown


def test_each_command_has_a_file_of_the_targets_name() -> None:
    called = dict(re.findall(r"(?m)^([a-z-]+):.*\n\t@.*\$\(RUN\) ([a-z-]+) ", (ROOT / "Makefile").read_text()))
    assert all(target == command for target, command in called.items())
    files = {path.stem for path in (ROOT / "operate" / "commands").glob("[a-z]*.py")}
    assert files == {target.replace("-", "_") for target in called}
