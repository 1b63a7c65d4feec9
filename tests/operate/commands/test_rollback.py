"""Where a rollback leads, asked without touching the operator's file."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from operate.commands.rollback import with_release
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
