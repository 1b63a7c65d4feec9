"""Which failures get a second look, and what is said of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests import unsteady

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEST = "tests/engine/rollout/test_switch.py::test_nothing_is_lost[get]"
SHARED = "tests/engine/standing/test_status.py::test_it_is_shown"


def test_whole_modules_run_again_and_none_where_many_failed() -> None:
    assert unsteady.modules([TEST, TEST.replace("get", "post"), SHARED]) == [
        "tests/engine/rollout/test_switch.py", "tests/engine/standing",
    ]  # fmt: skip
    assert len(unsteady.modules([f"tests/real/test_{number}.py::test" for number in range(3)])) == 3
    assert unsteady.modules([f"tests/real/test_{number}.py::test" for number in range(4)]) == []
    assert unsteady.modules([]) == []


def test_each_is_named_although_the_second_run_has_overwritten_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FAILED", "FIRST"):
        monkeypatch.setattr(unsteady, name, tmp_path / name)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    unsteady.FAILED.write_text(json.dumps({TEST: True}))
    unsteady.main("modules")
    unsteady.FAILED.unlink()
    unsteady.main("report")
    modules, told = capsys.readouterr().out.splitlines()
    assert modules == "tests/engine/rollout/test_switch.py"
    assert told == f"::warning::unsteady: {TEST} failed beside other tests (above) and passed alone"
