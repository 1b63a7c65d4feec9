"""Which cases run by chance: as many as asked, the same ones in every process of a run, and each in some run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.drawn import left_out


def item(nodeid: str, *drawn: object, whole: bool = False) -> Any:  # noqa: ANN401  what it needs of pytest's
    mark = SimpleNamespace(args=drawn, kwargs={"whole": whole}) if drawn else None
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda _: mark)


CASES = [item(f"tests/a.py::test_killed[{moment}]", 2) for moment in range(5)]
MODULES = [item(f"tests/{module}.py::test_{test}", 1, "servers", whole=True) for module in "bcd" for test in (1, 2)]
TYPED = [item(f"tests/f.py::{test}", 2, "ctrl-c") for test in ("test_once", "test_twice[1]", "test_twice[2]")]
OTHERS = [item("tests/a.py::test_rest"), item("tests/e.py::test_rest")]


def ran(seed: str) -> list[str]:
    items = [*OTHERS, *CASES, *MODULES, *TYPED]
    gone = left_out(items, seed)
    return [each.nodeid for each in items if each not in gone]


def test_as_many_as_asked_run_and_whole_modules_of_a_group() -> None:
    found = ran("1")
    assert sum("killed" in each for each in found) == 2
    assert sum(each.startswith("tests/f.py") for each in found) == 2
    (module,) = {each.split("::")[0] for each in found} - {"tests/a.py", "tests/e.py", "tests/f.py"}
    assert sum(each.startswith(module) for each in found) == 2
    assert {each.nodeid for each in OTHERS} <= set(found)


def test_every_process_of_a_run_draws_the_same() -> None:
    assert ran("1") == ran("1")
    # The second look at a module collects that module alone.
    alone = [each.nodeid for each in CASES if each not in left_out(CASES, "1")]
    assert alone == [each for each in ran("1") if "killed" in each]


def test_each_case_runs_in_some_run() -> None:
    everything = {each for seed in range(50) for each in ran(str(seed))}
    assert everything == {each.nodeid for each in [*OTHERS, *CASES, *MODULES, *TYPED]}
