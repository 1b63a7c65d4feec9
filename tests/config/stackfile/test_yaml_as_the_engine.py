"""Scalars of a stack file, as the program reads them and as `pulumi config` does: the same, or refused with a line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from config.stackfile.read import of_text
from config.values.errors import StackError
from tests.rig.skip import skip_or_fail

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("word", "two words", "a # behind", "a#b", "a:b", "http://x/y", ":x", "-x", "=", "é", "½", "1,000", "1 000")
QUOTED = (
    "'it''s'", '"double"', r'"a\tb\u00e9\x41\U0001F600"', "''", "'null'", '"2026-11-23"', '"7"  # behind', '! "7"',
    '"a\n      b"', "a\n      b", "|\n      a\n      b\n", "|-\n      7", ">\n      a\n      b\n\n      c\n",
    ">-\n      7", "!!str 7", "!!str", "!!str 2026-11-23",
)  # fmt: skip
TRUTH = ("true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "yes", "Yes", "NO", "no", "on", "Off", "y", "N")
EMPTY = ("~", "null", "Null", "NULL", "nULL", "", "# behind")
WHOLE = (
    "0", "-0", "00", "7", "7   ", "7 # behind", "! 7", "&a 7", "-7", "+7", "007", "017", "-017", "08", "0o17", "0O17",
    "-0o17", "0o8", "0o-7", "0x1F", "0X1f", "+0x1f", "0x", "0xZ", "0b101", "-0b1", "0b2", "0b-1", "0b0b1", "1_000",
    "0x1_F", "0x_1", "1__0", "_1", "1_", "+_1", "9007199254740992",
)  # fmt: skip
BROKEN = (
    "1.5", "-1.5", "+1.5", ".5", "+.5", "1.", "1.10", "0.0", "-0.0", "1_0.5", "1.5_0", ".5_0", "._5", "1e3", "1E3",
    "1e+3", "1.5e-3", "1.e3", ".5e3", "0e0", "1e", "5.e", "e3", "1e400", "1e-400", "inf", "nan", "1.2.3", ".", "+",
)  # fmt: skip
TIMES = ("12:30", "190:20:30", "2026-11", "2026-11-23 text", "2026-11-23T10")
SAME = (*WORDS, *QUOTED, *TRUTH, *EMPTY, *WHOLE, *BROKEN, *TIMES)

QUOTES, TAG = "put it in quotes", "remove it"
REFUSED = {
    "2026-11-23": QUOTES, "2026-1-2": QUOTES, "2026-11-23T10:00:00Z": QUOTES, "2026-11-23 10:00:00": QUOTES,
    "2026-11-23t10:00:00.5+02:00": QUOTES, "9007199254740993": QUOTES, "9223372036854775808": QUOTES,
    "123456789012345678901": QUOTES, "1e24": QUOTES, "0xFFFFFFFFFFFFFFFF": QUOTES, "!!int '7'": TAG, "!!float 7": TAG,
    "!!bool true": TAG, "!!null ''": TAG, "!!binary aGk=": TAG, "!own x": TAG,
}  # fmt: skip
"""The engine reads these, and not as they are written; with the cure of the program's line."""
TEXT_TO_THE_ENGINE = {"2026-13-45": QUOTES, "2026-11-23 10:00:00Z": QUOTES, "0x1FFFFFFFFFFFFFFFFF": QUOTES}
"""What is refused and need not be: it looks like a date or a number, and is too rare for a rule of its own."""
NO_JSON = (".inf", "-.Inf", "+.INF", ".nan", ".NAN")
"""The engine reads no file with one of these."""


class Engine:
    """`pulumi config` in a project with a state of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: smarter-net\nruntime: python\n")
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder}/state", "PULUMI_CONFIG_PASSPHRASE": "of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }  # fmt: skip
        assert self._run("stack", "init", "test").returncode == 0

    def config(self, text: str, *command: str) -> subprocess.CompletedProcess[str]:
        """What it prints of a stack file with that text."""
        (self._folder / "Pulumi.test.yaml").write_text(text)
        return self._run("config", *command)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        stack = [] if arguments[0] == "stack" else ["--stack", "test"]
        return subprocess.run(
            ["pulumi", *arguments, *stack, "--non-interactive"], cwd=self._folder, env=self._environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if not shutil.which("pulumi"):
        skip_or_fail("needs pulumi; `make` gets it")
    return Engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def read(engine: Engine) -> dict[str, Any]:
    """What the engine makes of each scalar that is in a table here, from one call."""
    scalars = [*SAME, *REFUSED, *TEXT_TO_THE_ENGINE]
    asked = engine.config(written(scalars), "--json")
    assert asked.returncode == 0, asked.stderr
    values = json.loads(asked.stdout)["smarter-net:x"]["objectValue"]
    return {scalar: values[f"k{number}"] for number, scalar in enumerate(scalars)}


def written(scalars: list[str]) -> str:
    """A stack file with each of them below a key of its own, as `k0`."""
    lines = [f"    k{number}: {scalar}\n" for number, scalar in enumerate(scalars)]
    return f"config:\n  smarter-net:x:\n{''.join(lines)}"


def ours(scalar: str) -> object:
    return of_text(written([scalar]), "Pulumi.test.yaml").raw["x"]["k0"]


@pytest.mark.parametrize("scalar", SAME)
def test_it_is_what_the_engine_takes_it_for(read: dict[str, Any], scalar: str) -> None:
    found = ours(scalar)
    assert (type(found), found) == (type(read[scalar]), read[scalar])


@pytest.mark.parametrize(("scalar", "cure"), [*REFUSED.items(), *TEXT_TO_THE_ENGINE.items()])
def test_what_the_engine_would_change_is_refused(read: dict[str, Any], scalar: str, cure: str) -> None:
    assert (read[scalar] == scalar) is (scalar in TEXT_TO_THE_ENGINE)
    with pytest.raises(StackError) as refused:
        ours(scalar)
    assert refused.value.key == "x.k0"
    assert cure in refused.value.cure


@pytest.mark.parametrize("scalar", NO_JSON)
def test_what_the_engine_cannot_read_is_refused(engine: Engine, scalar: str) -> None:
    assert "unsupported value" in engine.config(written([scalar]), "--json").stderr
    with pytest.raises(StackError, match=r"^x\.k0: "):
        ours(scalar)


@pytest.mark.parametrize(("scalar", "printed"), [("1e3", "1000"), ("no", "no"), ("0o17", "15"), ("'007'", "007")])
def test_config_get_prints_the_same(engine: Engine, scalar: str, printed: str) -> None:
    asked = engine.config(f"config:\n  smarter-net:x: {scalar}\n", "get", "x")
    assert asked.stdout == f"{printed}\n"
    assert str(of_text(f"config: {{x: {scalar}}}", "Pulumi.test.yaml").raw["x"]) == printed
