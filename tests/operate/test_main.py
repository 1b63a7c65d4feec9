"""`python -m operate`: each command is a file of `operate.commands` with a function of its name."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from operate.__main__ import app

COMMANDS = [str(command.name or command.callback.__name__) for command in app.registered_commands if command.callback]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_found_by_its_name(command: str) -> None:
    assert callable(getattr(import_module(f"operate.commands.{command}"), command))


def test_none_imports_what_another_one_needs() -> None:
    assert "httpx" not in imported_with("components.platform")


def imported_with(module: str) -> list[str]:
    """Every module that is there after a program has imported that one."""
    program = f"import sys, {module}; print(*sys.modules)"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
