"""The pure half stays pure: no Pulumi, no network."""

from __future__ import annotations

import subprocess
import sys

from tests.config.stacks import ROOT

MODULES = sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "config").rglob("*.py"))
PROGRAM = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_config_imports_neither_pulumi_nor_a_way_out() -> None:
    command = [sys.executable, "-c", PROGRAM, *MODULES]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert {"config", "pydantic", "yaml"} <= loaded
    others = {"host", "clients", "components", "operate", "grpc", "httpx"}
    assert not {name for name in loaded if name.startswith("pulumi")} | (loaded & others)
