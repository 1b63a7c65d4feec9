"""What counts as a backup, and which of them a restore takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from host.program.backup.keep import remove_old
from host.program.backup.listing import chosen, whole
from host.program.errors import Failed


def snapshot(id_: str, run: str, *tags: str, service: str = "n8n", size: int = 10) -> dict[str, Any]:
    own = [] if "whole" in tags else [f"service={service}"]
    return {
        "id": id_, "tags": ["smarter-net", f"run={run}", *own, *tags],
        "summary": {"total_bytes_processed": size, "data_added": 1},
    }  # fmt: skip


def run(name: str, id_: str) -> list[dict[str, Any]]:
    """A whole one, of two parts."""
    return [
        snapshot(f"1{id_}", name, "first-pass"), snapshot(f"2{id_}", name),
        snapshot(f"3{id_}", name, service="metabase-postgres"), snapshot(f"4{id_}", name, "whole", "parts=2"),
    ]  # fmt: skip


FIRST, SECOND = run("20261126T031500Z-aaaa", "aa"), run("20261127T031500Z-bbbb", "bb")


def test_one_is_whole_with_its_last_snapshot_and_each_part() -> None:
    (first, second) = whole([*SECOND, *FIRST])
    assert (first.id, second.id) == ("4aa", "4bb")
    assert second.services == ("n8n", "metabase-postgres")
    # The first pass is read again by the second.
    assert (second.bytes, second.added) == (30, 4)
    assert second.shown()["when"] == "20261127T031500Z"


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_without_one_of_them_it_does_not_count(missing: int) -> None:
    assert whole(FIRST[:missing] + FIRST[missing + 1 :]) == []


def test_a_restore_names_one() -> None:
    known = whole([*FIRST, *SECOND])
    assert chosen(known, "latest").id == "4bb"
    assert chosen(known, "4a").id == "4aa"
    with pytest.raises(Failed, match=r"^AT=4: several backups begin so"):
        chosen(known, "4")
    with pytest.raises(Failed, match=r"^AT=9: there is no such backup"):
        chosen(known, "9")
    with pytest.raises(Failed, match="there is no whole backup"):
        chosen([], "latest")


class Asked:
    """A restic that notes what it is told, and keeps the newest."""

    def __init__(self, snapshots: list[dict[str, Any]], over: list[dict[str, Any]]) -> None:
        self.known, self.over = snapshots, over
        self.told: list[tuple[str, ...]] = []

    def snapshots(self) -> list[dict[str, Any]]:
        return self.known

    def run(self, *arguments: str) -> None:
        self.told.append(arguments)

    def must(self, *arguments: str) -> bytes:
        self.told.append(arguments)
        return json.dumps([{"keep": [], "remove": self.over}]).encode()


def test_what_is_over_goes_with_its_parts_and_with_what_never_got_whole() -> None:
    cut = snapshot("5cc", "20261126T120000Z-cccc")
    running = snapshot("6dd", "20261128T031500Z-dddd")
    restic = Asked([*FIRST, cut, *SECOND, running], [FIRST[3]])
    assert remove_old(restic, "prod", {"last": 1, "daily": 0}) == 1  # type: ignore[arg-type]
    dry, unlock, forget = restic.told
    assert dry[-2:] == ("--keep-last", "1")
    assert unlock == ("unlock",)
    assert forget == ("forget", "--prune", "1aa", "2aa", "3aa", "4aa", "5cc", "1bb")


def test_without_a_rule_nothing_is_ever_removed() -> None:
    restic = Asked([*FIRST, *SECOND], [])
    assert remove_old(restic, "prod", {"last": 0, "daily": 0}) == 0  # type: ignore[arg-type]
    assert restic.told == []
