"""`make backup`: archives and a manifest, or nothing at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operate.commands.conftest import Desk

N8N, PROXY = "smarter-net-n8n-stand-in", "smarter-net-letsencrypt"


def with_data(desk: Desk) -> None:
    """A running service and the proxy, each with a volume."""
    desk.container("n8n")
    desk.world["volumes"] = [{"Name": N8N}, {"Name": PROXY}]


def backups(desk: Desk) -> list[Path]:
    return sorted((desk.project.folder / "backups").glob("*"))


def test_each_volume_is_an_archive_that_the_manifest_describes(desk: Desk) -> None:
    with_data(desk)
    ended = desk.run("backup")
    assert ended.returncode == 0, ended.stderr
    (folder,) = backups(desk)
    assert f"backups/{folder.name}: whole. `make restore` takes it as FROM=." in ended.stdout
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [(one["volume"], one["service"], one["release"], one["image"]) for one in manifest["archives"]] == [
        (N8N, "n8n", "abc1234", "n8n:1"), (PROXY, "caddy-proxy", "", ""),
    ]  # fmt: skip
    for one in manifest["archives"]:
        content = (folder / one["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        assert f"carrier-{one['volume']}".encode() in gzip.decompress(content)


def test_a_service_is_paused_while_its_volume_is_read_and_the_proxy_is_not(desk: Desk) -> None:
    with_data(desk)
    said = desk.run("backup").stdout
    words = [words for words in desk.asked if words[0] in {"pause", "cp", "unpause"}]
    assert [each[:2] for each in words] == [
        ["pause", "c1"], ["cp", f"carrier-{N8N}:/smarter-net-volume"], ["unpause", "c1"],
        ["cp", f"carrier-{PROXY}:/smarter-net-volume"],
    ]  # fmt: skip
    assert f"n8n: {N8N}, 0.0 MB, paused for at most " in said
    assert f"caddy-proxy: {PROXY}, 0.0 MB, not paused" in said


def test_a_copy_that_is_not_whole_leaves_no_folder_and_no_paused_service(desk: Desk) -> None:
    with_data(desk)
    desk.world["torn"] = True
    assert desk.refused("backup") == f"error: volume {N8N}: the copy is not whole; run it again"
    assert not backups(desk)
    assert desk.changes[-1] == ["unpause", "c1"]
    assert ["rm", f"carrier-{N8N}"] in desk.changes


def test_a_stack_without_data_is_one_line(desk: Desk) -> None:
    assert desk.refused("backup") == "error: dev: the host has no volume of it; there is nothing to copy"
    assert not backups(desk)


def test_a_folder_that_cannot_be_made_is_one_line(desk: Desk) -> None:
    with_data(desk)
    (desk.project.folder / "backups").write_text("a file in its place")
    line = desk.refused("backup")
    assert line.endswith("; nothing of this backup is kept")
    assert not desk.changes or desk.changes[-1][0] != "pause"


def test_without_a_repository_it_says_that_this_one_is_only_here(desk: Desk) -> None:
    with_data(desk)
    said = desk.run("backup").stdout.splitlines()
    assert said[-1] == "Not encrypted, and only here: Pulumi.dev.yaml has no smarter-net:backup (docs/data.md)."
    refused = desk.refused("backup", "--init")
    assert refused == "error: INIT=1: Pulumi.dev.yaml has no smarter-net:backup to make a repository for"


def test_to_this_machine_although_there_is_a_repository(desk: Desk) -> None:
    with_data(desk)
    desk.project.write({**desk.project.read()["config"], "smarter-net:backup": {"to": "/srv/backup"}})
    assert desk.run("secrets").returncode == 0
    said = desk.run("backup", "--to", "here")
    assert said.returncode == 0, said.stderr
    (folder,) = backups(desk)
    assert said.stdout.splitlines()[-1] == f"backups/{folder.name}: whole. `make restore` takes it as FROM=."
    for wrong in (["--to", "there"], ["--to", "here", "--init"]):
        assert desk.refused("backup", *wrong).startswith(f"error: TO={wrong[1]}: is for `here` alone")
    assert len(backups(desk)) == 1


def test_where_to_without_its_password_is_one_line_before_anything_is_paused(desk: Desk) -> None:
    with_data(desk)
    desk.project.write({**desk.project.read()["config"], "smarter-net:backup": {"to": "/srv/backup"}})
    line = desk.refused("backup")
    assert line.startswith(
        "error: secret:backup-password: is missing: the backups in /srv/backup are encrypted with it"
    )
    assert not desk.changes
