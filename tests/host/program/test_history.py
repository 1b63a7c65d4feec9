"""A line of the history for each rollout, and the images that no way back needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from host.history import read
from host.program.history import _old_images, record
from tests.host.program.fake import request

if TYPE_CHECKING:
    from pathlib import Path

OLD = (
    '{"when":"2026-11-01T10:00:00Z","by":"root","service":"n8n","release":"0","previous":"","image":"n8n:0",'
    '"order":"stop-first","outcome":"ok","seconds":9,"held":4,"settings":{"memory": "1GiB"}}\n'
)
"""As the shell wrote it."""


def test_a_line_goes_behind_older_ones_and_behind_one_that_was_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(OLD + '{"when":"2026')
    record(tmp_path, request("a"), "ok", "0", seconds=7, held=3)
    record(tmp_path, request("b"), "failed", "a", seconds=7, held=3)
    found = read({"history.jsonl": file.read_text()})
    assert [(each["release"], each["outcome"]) for each in found] == [("0", "ok"), ("a", "ok"), ("b", "failed")]
    assert found[0].keys() == found[1].keys()
    assert found[1]["settings"] == found[0]["settings"]


def test_the_newest_five_images_of_each_service_are_kept(tmp_path: Path) -> None:
    images = [("n8n", f"n8n:{number}") for number in range(8)] + [("other", "n8n:1"), ("n8n", "n8n:0")]
    lines = [{"service": service, "image": image, "outcome": "ok"} for service, image in images]
    lines.insert(3, {"service": "n8n", "image": "n8n:failed", "outcome": "failed"})
    (tmp_path / "history.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"cut')
    # 0 was rolled out last; 1 is another service's too.
    assert _old_images(tmp_path) == ["n8n:3", "n8n:2"]
