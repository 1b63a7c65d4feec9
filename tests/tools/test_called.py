"""Each module that a script or the Makefile starts with `python -m` is one that can be started."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALLERS = ["Makefile", "tests/run-isolated", "tools/bench/run", *(
    str(path.relative_to(ROOT)) for folder in ("docs", ".github/steps", "tools/images") for path in
    sorted((ROOT / folder).iterdir()) if path.suffix in {".md", ".sh"}
)]  # fmt: skip
CALLED = sorted(
    {(caller, name) for caller in CALLERS for name in re.findall(r"python -m ([\w.]+)", (ROOT / caller).read_text())}
    - {("tests/run-isolated", "pytest")}
)


@pytest.mark.parametrize(("caller", "name"), CALLED)
def test_it_has_a_main(caller: str, name: str) -> None:
    path = ROOT / name.replace(".", "/")
    file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert file.exists(), f"{caller}: python -m {name}"
    assert path.is_dir() or 'if __name__ == "__main__":' in file.read_text(), f"{caller}: {name} does nothing"


def test_there_are_some() -> None:
    assert ("Makefile", "operate") in CALLED
