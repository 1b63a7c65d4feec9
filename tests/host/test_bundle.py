"""The program as one file: the same on every machine, for the oldest Python, delivered whole or not at all."""

from __future__ import annotations

import ast
import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from components.host import installer
from host.bundle import ENTRY, EPOCH, FILE, OLDEST, PROGRAM, bundle

if TYPE_CHECKING:
    from pathlib import Path

MODULES = sorted(PROGRAM.rglob("*.py"))


def test_its_bytes_depend_on_nothing_but_its_text(tmp_path: Path) -> None:
    once = bundle()
    for path in MODULES:
        path.touch()
    assert bundle() == once
    (tmp_path / FILE).write_bytes(once)
    with zipfile.ZipFile(tmp_path / FILE) as archive:
        entries = archive.infolist()
        assert {(entry.compress_type, entry.date_time) for entry in entries} == {(zipfile.ZIP_STORED, EPOCH)}
        assert archive.namelist() == ["__main__.py", *(f"program/{path.relative_to(PROGRAM)}" for path in MODULES)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PROGRAM).as_posix())
def test_the_oldest_python_can_read_it_and_it_needs_no_package(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=OLDEST)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imported:
        if isinstance(node, ast.ImportFrom) and node.level:
            above = path.parents[node.level - 1]
            own = [node.module] if node.module else [name.name for name in node.names]
            for name in own:
                place = above / name.replace(".", "/")
                assert {place.with_suffix(".py"), place / "__init__.py"} & {*MODULES}
    names = {name.name for node in imported if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in imported if isinstance(node, ast.ImportFrom) and not node.level}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_older_python_says_so_in_a_line() -> None:
    ast.parse(ENTRY, feature_version=(3, 4))
    old = ENTRY.replace("sys.version_info", "(3, 8, 10)")
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "python3: 3.8 is too old; install 3.9 or later\n")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("host") / "dev"
    return root, installer(str(root), "smarter-net-letsencrypt")


def install(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-s"], input=text, capture_output=True, text=True, check=False)


def test_it_is_delivered_whole_and_runs(script: tuple[Path, str]) -> None:
    root, text = script
    # Cut off anywhere, it does nothing at all.
    for end in (0, 10, len(text) // 3, len(text) // 2, len(text) - 2):
        install(text[:end])
        assert not root.exists()
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "rollout.sh").write_text("of an older version")
    lock = root / "run" / "firewall.lock"
    lock.parent.mkdir()
    lock.touch()
    lock.parent.chmod(0o755)
    lock.chmod(0o644)
    done = install(text)
    assert done.returncode == 0, done.stderr
    assert (root / "bin" / FILE).read_bytes() == bundle()
    assert {path.name for path in (root / "bin").iterdir()} >= {FILE, "firewall.sh"}
    assert not (root / "bin" / "rollout.sh").exists()
    # Another user that can open a lock can hold it for as long as he likes.
    assert [stat.S_IMODE(path.stat().st_mode) for path in (lock.parent, lock)] == [0o700, 0o600]
    told = subprocess.run(
        [sys.executable, "-I", "-S", root / "bin" / FILE, "release"],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr.startswith("what was sent to the host is not whole (it is empty); nothing was changed")
