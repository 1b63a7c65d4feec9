"""`make up`: what is cleared away before the engine runs, or why it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from host.errors import Interrupted, OperatorError
from operate.__main__ import INTERRUPTED
from operate.commands import up
from operate.commands.up import _clear, up_with
from operate.inspect.repair import Repair
from operate.stack import Stack
from operate.stackfile import StackFile
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from host.daemon import Daemon


class Refusing:
    """A daemon that removes nothing, with one answer to all."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def docker(self, *_: str) -> str:
        raise OperatorError(self._answer)


IN_USE = "docker network: Error response from daemon: error while removing network: a has active endpoints"
CURE = (
    "network 0123456789ab: Docker counts containers on it that no longer exist; restart Docker "
    "(`systemctl restart docker`), and run the same command again"
)
NO_RIGHT = "docker network: permission denied"


@pytest.mark.parametrize(("answer", "line"), [(IN_USE, CURE), (NO_RIGHT, NO_RIGHT)])
def test_a_network_that_cannot_be_removed_is_a_line_with_the_cure(answer: str, line: str) -> None:
    left = Repair(orphans=[("network", "0123456789abcdef")])
    with pytest.raises(OperatorError) as refused:
        _clear(left, cast("Daemon", Refusing(answer)))
    assert str(refused.value) == line


SERVICE, IMAGE = "smarteros-blogbowl", "blog:2"
OLD, NEW = ("c1", "blog:1"), ("c2", IMAGE)
ENDS = [
    # exit code, what runs before and afterwards, whether the file stays changed
    (0, OLD, NEW, True),
    (1, OLD, OLD, False),
    (1, OLD, NEW, True),
    # It runs since before: nothing says that this run has brought it.
    (1, NEW, NEW, False),
]


def tried(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, *runs: tuple[str, str]
) -> tuple[StackFile, StackFile]:
    """The changed stack file, and what is on the disk after a run that ends with that code; 130: it is interrupted."""
    path = folder / "Pulumi.dev.yaml"
    path.write_bytes((STACK_FILES / path.name).read_bytes())
    changed = StackFile.read(path).with_images({("services", SERVICE): IMAGE})
    running = [{each} for each in runs]

    def ended(stack: Stack, **_: object) -> int:
        assert stack.file.read_text() == changed.text
        if code == INTERRUPTED:
            raise Interrupted("interrupted")
        return code

    monkeypatch.setattr(up, "up", ended)
    monkeypatch.setattr(up, "_running", lambda *_: running.pop(0))
    assert up_with(Stack("dev", folder), SERVICE, changed, yes=True) == code
    return changed, StackFile.read(path)


def test_it_is_put_back_after_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted):
        tried(tmp_path, monkeypatch, INTERRUPTED, OLD)
    assert (tmp_path / "Pulumi.dev.yaml").read_bytes() == (STACK_FILES / "Pulumi.dev.yaml").read_bytes()


@pytest.mark.parametrize(("code", "before", "after", "stays"), ENDS)
def test_a_changed_stack_file_stays_where_it_says_what_serves(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    code: int,
    before: tuple[str, str],
    after: tuple[str, str],
    stays: bool,
) -> None:
    changed, found = tried(tmp_path, monkeypatch, code, before, after)
    assert (found == changed) is stays
    if not stays:
        assert found.text == (STACK_FILES / "Pulumi.dev.yaml").read_text()


def test_what_was_edited_meanwhile_is_left_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes((STACK_FILES / path.name).read_bytes())
    changed = StackFile.read(path).with_images({("services", SERVICE): IMAGE})

    def edited(stack: Stack, **_: object) -> int:
        stack.file.write_text(f"{changed.text}# by hand\n")
        return 1

    monkeypatch.setattr(up, "up", edited)
    monkeypatch.setattr(up, "_running", lambda *_: set())
    assert up_with(Stack("dev", tmp_path), SERVICE, changed, yes=True) == 1
    assert path.read_text() == f"{changed.text}# by hand\n"
    (line,) = capsys.readouterr().out.splitlines()
    assert line == f"Pulumi.dev.yaml was edited meanwhile and is left so; what was written for {SERVICE} is in it."
