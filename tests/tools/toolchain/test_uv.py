"""uv is needed by the released language host, so it is provided too."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tools.toolchain.conftest import Machine

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


@pytest.mark.parametrize("tampered", [False, True])
def test_pip_takes_only_what_the_hash_says(machine: Machine, tmp_path: Path, *, tampered: bool) -> None:
    wheel = tmp_path / "uv-0.13.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        info = "uv-0.13.9.dist-info"
        packed.writestr("uv-0.13.9.data/scripts/uv", "#!/bin/sh\necho uv 0.13.9\n")
        packed.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 0.13.9\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes() + b"x" * tampered).hexdigest()
    (machine.root / "tools/toolchain/pins/uv.txt").write_text(f"uv==0.13.9 --hash=sha256:{digest}\n")
    (machine.root / "bin/uv").unlink()
    machine.program("python3", f'exec {python_with_pip()} "$@"')
    machine.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}
    done = machine.run("install")
    assert (machine.cache / "uv/0.13.9/bin/uv").exists() is not tampered, done.stderr
    assert done.returncode == int(tampered)
    if tampered:
        assert "DO NOT MATCH THE HASHES" in done.stderr


def python_with_pip() -> str:
    """A Python of this machine that has pip; itself, and not what starts it."""
    for name in ("python3", "/usr/bin/python3"):
        asked = subprocess.run(
            [name, "-c", "import pip, sys; print(sys.executable)"], capture_output=True, text=True, check=False
        )
        if not asked.returncode:
            return asked.stdout.strip()
    pytest.skip("no python3 with pip on this machine")


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
