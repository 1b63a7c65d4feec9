"""What becomes of a secret's value before the engine gets it; the rest is in `tests/engine/daily/test_keys.py`."""

from __future__ import annotations

import getpass
import sys
import warnings
from typing import TYPE_CHECKING

import pytest

from config.catalog.entry import Origin
from config.catalog.secrets import Need
from config.values.errors import StackError
from host.errors import OperatorError
from operate.commands import secrets
from operate.stack import Stack
from tests.config.stacks import SECRETS
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

TYPED = "hunter2"


def need(origin: Origin, length: int = 1) -> Need:
    return Need(name="a-key", used_by=("n8n",), origin=origin, length=length, permanent=None, volumes=())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: TYPED)


@pytest.mark.parametrize("length", [16, 32, 64, 65, 128])
def test_one_that_is_made_is_long_enough_and_never_the_same(length: int) -> None:
    made = {secrets._value(need(Origin.MADE, length)) for _ in range(8)}
    assert len(made) == 8
    assert all(value is not None and len(value) >= max(64, length) for value in made)


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert secrets._value(need(Origin.OPERATOR)) is None


@pytest.mark.usefixtures("terminal")
def test_what_is_typed_is_taken_as_it_is_unless_it_is_too_short() -> None:
    assert secrets._value(need(Origin.OPERATOR)) == TYPED
    with pytest.raises(OperatorError) as raised:
        secrets._value(need(Origin.OPERATOR, 8))
    assert str(raised.value) == "secret:a-key: has fewer than 8 characters; nothing was changed"


@pytest.mark.usefixtures("terminal")
def test_in_a_terminal_that_would_show_it_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def shows(_: str) -> str:
        # What Python would do with this warning now.
        if ("error", getpass.GetPassWarning) == (warnings.filters[0][0], warnings.filters[0][2]):
            raise getpass.GetPassWarning
        return TYPED

    monkeypatch.setattr(getpass, "getpass", shows)
    with pytest.raises(OperatorError, match="shows what is typed"):
        secrets._value(need(Origin.OPERATOR))


def test_the_table_shows_names_and_states_and_names_from_a_file_cannot_colour_it() -> None:
    odd = Need(name="[red]x", used_by=(), origin=Origin.OPERATOR, length=1, permanent=None, volumes=())
    table = secrets.table("dev", [need(Origin.MADE), odd], present=["[red]x"], made=["a-key"])
    assert [list(column.cells) for column in table.columns] == [
        ["a-key", "'\\[red]x'"],
        ["n8n", "-"],
        ["[green]made now[/green]", "set already"],
    ]


def test_a_stack_file_that_is_wrong_elsewhere_is_refused_but_digests_are_another_commands_business(
    tmp_path: Path,
) -> None:
    text = (STACK_FILES / "Pulumi.prod.yaml").read_text()
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text(text.replace("n8n:2.41.6@sha256:", "n8n:2.41.6 # "))
    secrets._check(Stack("prod", tmp_path), [], SECRETS)

    stack_file.write_text(text.replace("service: metabase", "service: metabse"))
    with pytest.raises(StackError, match="did you mean metabase"):
        secrets._check(Stack("prod", tmp_path), [], SECRETS)


@pytest.mark.parametrize(
    ("origin", "length", "rule"),
    [
        (Origin.PASSWORD, 20, "20 to 72 characters, is not shown"),
        (Origin.OPERATOR, 32, "at least 32 characters, is not shown"),
        (Origin.OPERATOR, 1, "(is not shown"),
    ],
)
def test_what_is_asked_of_it_is_said_before_it_is_typed(
    monkeypatch: pytest.MonkeyPatch, origin: Origin, length: int, rule: str
) -> None:
    prompts: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    def say_nothing(prompt: str) -> str:
        prompts.append(prompt)
        return ""

    monkeypatch.setattr(getpass, "getpass", say_nothing)
    assert secrets._value(need(origin, length)) is None
    assert rule in prompts[0]
