"""What the engine is run with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.environment import TOLD
from host.paths import COMMANDS
from operate.stack import Stack
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_language_host_may_not_change_uv_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("UV_LOCKED", raising=False)
    assert Stack("dev", STACK_FILES).environment["UV_LOCKED"] == "1"


def test_the_engine_of_a_server_finds_an_ssh_that_gets_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What its plugins start has their environment, and they have the engine's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of the tests, long enough")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    environment = Stack("prod", STACK_FILES).environment
    assert environment["PATH"].split(":")[0] == str(COMMANDS)
    assert "SSH_AUTH_SOCK" in environment[TOLD].split()
    assert str(COMMANDS) not in Stack("dev", STACK_FILES).environment["PATH"]
