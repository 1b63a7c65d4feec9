"""What `make env` prints, for a shell to take."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from operate.commands.env import env
from operate.stack import Stack
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_shell_gets_what_is_not_set_and_keeps_what_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a state"))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    assert env(Stack("dev", STACK_FILES)) == 0
    printed = capsys.readouterr().out
    assert "PASSPHRASE" not in printed
    shown = subprocess.run(
        ["sh", "-c", f"{printed} echo $PULUMI_BACKEND_URL"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"file://{tmp_path}/a state/smarter-net/engine\n"
