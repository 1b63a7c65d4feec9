"""uv is needed by the released language host, so it is provided too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.toolchain.conftest import Machine

# pip as far as it is asked: uv into the folder after --target.
PIP = (
    'while [ "$1" != --target ]; do shift; done; mkdir -p "$2/bin"; echo "#!/bin/sh" >"$2/bin/uv"; chmod +x "$2/bin/uv"'
)


def test_uv_comes_from_pip_where_there_is_none(machine: Machine) -> None:
    (machine.root / "bin/uv").unlink()
    machine.program("python3", PIP)
    done = machine.run("install")
    assert done.returncode == 0, done.stderr
    folder = machine.cache / "uv/0.13.9/bin"
    assert [path.name for path in folder.iterdir()] == ["uv"], "no python of pip's may come before the user's"
    assert str(folder) in machine.variables_after_env()["PATH"].split(":")


def test_without_pip_the_message_says_what_to_do(machine: Machine) -> None:
    (machine.root / "bin/uv").unlink()
    machine.program("python3", "exit 1")
    done = machine.run("install")
    assert done.returncode == 1
    assert "install uv, or python3 with pip" in done.stderr


def test_a_uv_that_is_too_old_is_an_error(machine: Machine) -> None:
    machine.program("uv", "echo 'uv 0.4.9 (abc)'")
    done = machine.run("install")
    assert done.returncode == 1
    assert "uv 0.4.9 is too old; 0.4.26 or later is needed" in done.stderr
