"""A copy of the tree with the stack files that the project ships: what a newcomer has after `git clone`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.config.stacks import ROOT, STACKS
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

STACK_FILE = re.compile(r"Pulumi\.[^/.]+\.yaml")
OWN_FILES = "tests/config/test_own_stack_files.py"
DEPENDS = (OWN_FILES, "tests/config/test_schema.py", "tests/config/catalog/test_services.py")
"""What of `make check` can turn red with a stack file or an entry of the catalog: the hook in `tests/conftest.py` keeps
all else away from the stack files."""

LONGEST = 1800
"""Seconds for one command: `make check` takes one to two minutes, and many times that on a busy machine."""


@dataclass(frozen=True)
class Tree:
    """The copy. It shares the Python packages with the tree that the tests run in."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path) -> Tree:
        """Every file that git knows, or would add, with times: `make` then takes the packages for up to date."""
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        for name in names:
            if name and (ROOT / name).exists() and not STACK_FILE.fullmatch(name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
        for stack in STACKS:
            text = (STACK_FILES / f"Pulumi.{stack}.yaml").read_text()
            (folder / f"Pulumi.{stack}.yaml").write_text(text.replace("=../../config/", "=./config/"))
        (folder / ".venv").symlink_to(ROOT / ".venv")
        if (ROOT / ".mypy_cache").exists():
            shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
        made = cls(folder)
        made.run("git", "init", "--quiet")
        made.commit()
        return made

    def commit(self) -> None:
        """Commit all."""
        self.run("git", "add", "--all")
        self.run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "So far")

    def run(self, *command: str) -> str:
        """Run a command in it, which has to end well; return what it printed."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        with subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        ) as running:  # fmt: skip
            try:
                said, complained = running.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                raise
        assert running.returncode == 0, f"{' '.join(command)}\n{said[-6000:]}\n{complained[-3000:]}"
        return said

    def read(self, name: str) -> str:
        """A file's text."""
        return (self.folder / name).read_text()

    def write(self, name: str, text: str) -> None:
        """Set a file's text; it has to differ."""
        assert text != self.read(name)
        (self.folder / name).write_text(text)

    def changed(self) -> set[str]:
        """The files that differ from the commit."""
        lines = self.run("git", "status", "--porcelain", "--untracked-files=all").splitlines()
        return {line[3:] for line in lines}

    def check_what_depends(self) -> None:
        """The part of `make check` that can turn red with a stack file."""
        self.run(".venv/bin/pytest", "-q", *DEPENDS)
