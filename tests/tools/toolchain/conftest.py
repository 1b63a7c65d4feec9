"""A machine of its own for each test: a home, a PATH, and a copy of the toolchain with next to nothing to compile."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TOOLCHAIN = Path(__file__).parents[3] / "tools" / "toolchain"
# What the scripts call besides the programs under test.
SYSTEM_TOOLS = [
    *("cat", "chmod", "cmp", "cp", "curl", "cut", "date", "dirname", "env", "find", "grep", "gzip", "head", "install"),
    *("kill", "ln", "ls", "mkdir", "mv", "printf", "rm", "sed", "sh", "sha256sum", "sleep", "sort", "tail", "tar"),
    *("tr", "uname", "wc"),
]

# Makes what `go build -o` is asked for, or one file per package if that is a folder; all it says is a package's name.
GO = """
case $1 in
env | version) echo go1.99.0; exit ;;
list) echo "$FAKE_SDK"; exit ;;
mod) exit ;;
esac
echo "$@" >>"$HOME/go-calls"
while [ "$#" -gt 0 ]; do
    case $1 in
    -o) output=$2; shift ;;
    -ldflags | -overlay | -modfile) shift ;;
    -*) ;;
    build) ;;
    *) printf '#!/bin/sh\\necho %s\\n' "${1##*/}" >"$output${1##*/}"; chmod +x "$output${1##*/}" ;;
    esac
    shift
done
echo some/package >&2
"""

ACT_SCHEMA = """{
  "job-environment-mapping": {"mapping": {"properties": {
    "name": {}}}}}
"""


@dataclass
class Machine:
    """Where a test's toolchain lives, and what is on its PATH."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        """The toolchain's cache."""
        return self.root / "home/.cache/smarter-net/toolchain"

    def program(self, name: str, script: str) -> Path:
        """Put a shell script on PATH."""
        path = self.root / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def environment(self) -> dict[str, str]:
        """All that the scripts see of the outside; a release is never within reach unless a test says where."""
        return {
            "HOME": str(self.root / "home"),
            "PATH": str(self.root / "bin"),
            "PULUMI_RELEASES": "http://127.0.0.1:9",
            "FAKE_SDK": str(self.root / "sdk"),
            **self.variables,
        }

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `install`, `env` or `actionlint`."""
        return subprocess.run(
            [self.root / "tools/toolchain" / script, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def variables_after_env(self) -> dict[str, str]:
        """The environment of a shell after `eval "$(tools/toolchain/env)"`."""
        found = subprocess.run(
            ["/bin/sh", "-c", f'eval "$({self.root}/tools/toolchain/env)" && env -0'],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return dict(pair.split("=", 1) for pair in found.stdout.split("\0") if pair)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with uv and Go, no pulumi, and a network that ends at the package registries."""
    made = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in SYSTEM_TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or pytest.fail(f"these tests need {tool}"))
    (tmp_path / "home").mkdir()
    (tmp_path / "sdk/python/cmd").mkdir(parents=True)
    (tmp_path / "sdk/python/cmd/pulumi-language-python-exec").touch()
    (tmp_path / "sdk/pkg/schema").mkdir(parents=True)
    (tmp_path / "sdk/pkg/schema/workflow_schema.json").write_text(ACT_SCHEMA)
    for name in ("install", "env", "actionlint", "act", "go-tool", "common.sh", "compile.sh"):
        (tmp_path / "tools/toolchain").mkdir(parents=True, exist_ok=True)
        shutil.copy(TOOLCHAIN / name, tmp_path / "tools/toolchain" / name)
    for module in ("go", "go/command", "go/cloudflare"):
        (tmp_path / "tools/toolchain" / module).mkdir()
        (tmp_path / "tools/toolchain" / module / "go.mod").write_text("go 1.26.0\n")
    shutil.copytree(TOOLCHAIN / "go-tools", tmp_path / "tools/toolchain/go-tools")
    shutil.copytree(TOOLCHAIN / "pins", tmp_path / "tools/toolchain/pins")
    made.program("uv", "echo uv 0.13.9")
    made.program("go", GO)
    return made


@pytest.fixture(autouse=True)
def _no_pulumi_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("PULUMI_"):
            monkeypatch.delenv(name)
