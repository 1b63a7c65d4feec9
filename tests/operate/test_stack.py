"""What the engine is run with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operate.stack import Stack
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_language_host_may_not_change_uv_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("UV_LOCKED", raising=False)
    assert Stack("dev", STACK_FILES).environment["UV_LOCKED"] == "1"
