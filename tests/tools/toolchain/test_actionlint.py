"""actionlint is compiled once, in the version that is pinned; without it nothing passes in CI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tools.toolchain.conftest import Machine


def test_the_pinned_version_is_compiled_once(machine: Machine) -> None:
    first = machine.run("actionlint")
    assert first.stdout == f"{machine.cache}/actionlint/1.7.12/actionlint\n", first.stderr
    assert "compiling actionlint 1.7.12" in first.stderr
    second = machine.run("actionlint")
    assert (second.stdout, second.stderr) == (first.stdout, "")
    assert [path.name for path in (machine.cache / "actionlint/1.7.12").iterdir()] == ["actionlint"]


def test_one_on_path_is_used(machine: Machine) -> None:
    path = machine.program("actionlint", "")
    assert machine.run("actionlint").stdout == f"{path}\n"
    assert not machine.cache.exists()


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_without_go_it_is_left_out_but_not_in_ci(machine: Machine, ci: str, code: int) -> None:
    machine.program("go", "exit 1")
    machine.program("uv", "exit 1")
    machine.variables["CI"] = ci
    done = machine.run("actionlint")
    assert (done.returncode, done.stdout) == (code, "")
    assert "actionlint is not on PATH, and no Go can be had" in done.stderr
    assert done.stderr.endswith("; left out\n") == (not ci)


def test_what_cannot_be_compiled_is_never_left_out(machine: Machine) -> None:
    machine.program("go", 'case $1 in env | version) echo go1.99 ;; *) echo "checksum mismatch"; exit 1 ;; esac')
    done = machine.run("actionlint")
    assert (done.returncode, done.stdout) == (1, "")
    assert "checksum mismatch" in done.stderr
    assert list((machine.cache / "actionlint/1.7.12").iterdir()) == []


def test_act_is_the_pinned_one_whatever_is_on_path(machine: Machine) -> None:
    machine.program("act", "")
    done = machine.run("act")
    assert re.fullmatch(rf"{machine.cache}/act/0\.2\.89-[0-9a-f]{{8}}/act\n", done.stdout), done.stderr


def test_act_whose_schema_has_changed_is_not_compiled_unchanged(machine: Machine) -> None:
    schema = machine.root / "sdk/pkg/schema/workflow_schema.json"
    schema.write_text(schema.read_text().replace("job-environment-mapping", "environment"))
    done = machine.run("act")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pkg/schema/workflow_schema.json of act 0.2.89: nothing in it to change" in done.stderr
