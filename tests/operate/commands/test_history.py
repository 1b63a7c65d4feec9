"""The table of `make history`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console

from operate.commands.history import SHOWN, documents, table

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk

FIRST: dict[str, Any] = {
    "when": "2026-11-23T12:00:00Z", "by": "ana@laptop", "service": "n8n", "release": "1111111", "previous": "",
    "image": "docker.n8n.io/n8nio/n8n:2.41.6@sha256:00", "seconds": 21, "held": 0, "outcome": "ok",
}  # fmt: skip
FAILED = {**FIRST, "release": "2222222", "previous": "1111111", "outcome": "failed", "held": 8}
OTHER = {**FIRST, "service": "metabase"}


def shown(service: str | None) -> list[str]:
    console = Console(width=200)
    with console.capture() as text:
        console.print(table([FIRST, FAILED, OTHER], service))
    return [line.strip() for line in text.get().splitlines() if "2026" in line]


def test_one_line_for_each_rollout_the_newest_last() -> None:
    first, failed, other = shown(None)
    assert first.split() == [
        "2026-11-23", "12:00:00", "ana@laptop", "n8n", "1111111", "-", "n8n:2.41.6", "21", "s", "0", "s", "ok",
    ]  # fmt: skip
    assert failed.endswith("8 s    failed")
    assert "metabase" in other


def test_those_of_one_service_alone() -> None:
    assert len(shown("n8n")) == 2
    assert not shown("dokploy")


def test_as_json_each_is_an_object_of_what_the_table_has() -> None:
    first, failed = documents([{**FIRST, "settings": {"memory": "1GiB"}}, FAILED, OTHER], "n8n")
    assert first == {**FIRST, "previous": None, "snapshot": None}
    assert (failed["outcome"], failed["previous"], tuple(failed)) == ("failed", "1111111", (*SHOWN, "snapshot"))


def test_as_json_it_is_one_document(desk: Desk) -> None:
    folder = desk.project.root
    folder.mkdir(parents=True)
    (folder / "history.jsonl").write_text(f"{json.dumps(FIRST)}\n{json.dumps(OTHER)}\n")
    shown = json.loads(desk.run("history", "--json", "--service", "metabase").stdout)
    assert shown == {"stack": "dev", "rollouts": [{**OTHER, "previous": None, "snapshot": None}]}
