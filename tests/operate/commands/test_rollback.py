"""Where a rollback leads, asked without touching the operator's file."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from host import history
from host.errors import OperatorError
from operate.commands.rollback import undone, with_release
from operate.stack import Stack
from operate.stackfile import StackFile
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = "smarteros-blogbowl"
REAL = "registry.example/blogbowl:2"


def asked(folder: Path, settings: dict[str, object], image: str) -> str:
    path = folder / "Pulumi.dev.yaml"
    shutil.copy(STACK_FILES / path.name, path)
    before = path.stat()
    release = {"settings": settings, "image": image, "release": "abc1234"}
    file = with_release(Stack("dev", folder), StackFile.read(path), SERVICE, release)
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [found.name for found in folder.iterdir()] == [path.name]
    return str(file.section("services")[SERVICE].get("image", ""))


def test_an_image_that_the_settings_lead_to_is_not_written_down(tmp_path: Path) -> None:
    assert asked(tmp_path, {"image": REAL}, REAL) == REAL
    assert not asked(tmp_path, {"memory": "1GiB"}, "smarter-net/standin:smarteros-blogbowl-0123456789ab")


def test_an_image_that_only_the_release_knows_is_written_down(tmp_path: Path) -> None:
    assert asked(tmp_path, {"image": "registry.example/blogbowl:3"}, REAL) == REAL


def rollout(release: str, previous: str, outcome: str = "ok", run: str = "", *, migrated: bool = False) -> history.JSON:
    made = {"snapshot": {"run": run, "parts": [{"volume": "data", "migrated": migrated}]}} if run else {}
    return {"service": SERVICE, "release": release, "previous": previous, "outcome": outcome, "when": "now", **made}


FIRST, SECOND = rollout("a", ""), rollout("b", "a", run="20261127T1-aa")
FAILED = rollout("c", "b", "failed", run="20261127T2-bb", migrated=True)


def test_with_its_data_it_is_the_last_rollout_that_is_undone() -> None:
    assert undone([FIRST, SECOND], SERVICE) == (SECOND, FIRST)
    # What failed has gone back to the release, and not to the data.
    assert undone([FIRST, SECOND, FAILED, {**FAILED, "service": "n8n"}], SERVICE) == (FAILED, SECOND)
    assert undone([FIRST, SECOND, FAILED], SERVICE, "20261127T1") == (SECOND, FIRST)


@pytest.mark.parametrize(
    ("known", "at", "said"),
    [
        ([FIRST], "", "DATA: its last rollout began without a snapshot; `make history"),
        ([FIRST, SECOND, rollout("d", "b")], "", "DATA: its last rollout began without a snapshot"),
        ([FIRST, SECOND, FAILED], "9", "AT=9: there is no such snapshot"),
        ([FIRST, SECOND, FAILED], "2026", "AT=2026: several snapshots begin so"),
        ([FAILED], "", "the history does not know release b any more"),
    ],
)
def test_a_snapshot_that_is_not_there_is_one_line(known: list[history.JSON], at: str, said: str) -> None:
    with pytest.raises(OperatorError, match=re.escape(said)):
        undone(known, SERVICE, at)


def test_a_migration_is_one_since_the_release_that_it_goes_back_to() -> None:
    assert history.migrated([FIRST, SECOND, FAILED], SERVICE, since=FIRST) == ["data"]
    assert history.migrated([FIRST, SECOND, FAILED], "n8n", since=FIRST) == []
    assert history.migrated([FIRST, FAILED, SECOND], SERVICE, since=FAILED) == []
