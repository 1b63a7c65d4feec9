"""What writes a stack file leaves all of it as it was but for what it writes: bytes, mode, and a whole file always."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from operate.stack import Stack
from operate.stackfile import StackFile
from tests.stacks import STACK_FILES

TEXT = """\
# the operator's own words
config:
  smarter-net:host:
    connection: ssh  # by hand
    address: 192.0.2.10
    host-key: to be pinned
  smarter-net:services:
    n8n:
      # why so much
      memory: 1GiB
      environment: {GENERIC_TIMEZONE: America/Santiago}  # where we are
      rollout:
        start: 2m  # slow disk
    metabase: {memory: 3GiB}
"""


DIGEST = "sha256:" + "7" * 64


def of(text: str) -> StackFile:
    return StackFile(Path("Pulumi.test.yaml"), text)


@pytest.fixture(params=["\n", "\r\n"], ids=["LF", "CRLF"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_bytes(TEXT.replace("\n", request.param).encode())
    path.chmod(0o640)
    return path


def test_a_release_is_written_into_what_is_there(file: Path) -> None:
    before = file.read_bytes()
    entry: dict[str, Any] = {
        "memory": "2GiB", "environment": {"GENERIC_TIMEZONE": "America/Santiago"}, "rollout": {"start": "2m"},
    }  # fmt: skip
    StackFile.read(file).with_service("n8n", entry).write()
    assert file.read_bytes() == before.replace(b"memory: 1GiB", b"memory: 2GiB")
    del entry["environment"]
    StackFile.read(file).with_service("n8n", entry).write()
    assert b"# slow disk" in file.read_bytes()
    assert b"GENERIC_TIMEZONE" not in file.read_bytes()


def test_a_reader_sees_the_old_file_or_the_new_one(file: Path) -> None:
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    with file.open() as before:
        StackFile(link, "new").write()
        assert before.read().startswith("# the operator's own words")
    assert file.read_text() == "new"
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert {path.name for path in file.parent.iterdir()} == {file.name, link.name}


def test_an_empty_entry_stays_for_without_it_the_service_would_go() -> None:
    text = of(TEXT).with_service("n8n", {}).with_service("metabase", {}).text
    assert yaml.safe_load(text)["config"]["smarter-net:services"] == {"n8n": {}, "metabase": {}}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_image_that_the_file_does_not_name_is_added_and_nothing_else_moves(stack: str) -> None:
    text = (STACK_FILES / f"Pulumi.{stack}.yaml").read_text()
    (line,) = (line for line in text.splitlines() if "nexa-runtime: {" in line)
    expected = text.replace(line, line.replace("{", "{image: llama:3, "))
    assert of(text).with_images({("services", "nexa-runtime"): "llama:3"}).text == expected


def test_a_service_that_the_file_does_not_name_is_added_and_nothing_else_moves() -> None:
    text = (STACK_FILES / "Pulumi.dev.yaml").read_text().replace("    n8n: {}\n", "")
    added = "  smarter-net:services:\n    n8n:\n      image: n8nio/n8n:2\n"
    expected = text.replace("  smarter-net:services:\n", added)
    assert of(text).with_images({("services", "n8n"): "n8nio/n8n:2"}).text == expected


def test_parts_that_the_file_does_not_have_are_added() -> None:
    text = "config:\n  host: {connection: local}\n  proxy:\n    http-port: 80\n"
    changed = of(text).with_images({("proxy",): "caddy:2", ("services", "n8n"): "n8nio/n8n:2"}).text
    assert changed == (
        "config:\n  host: {connection: local}\n  proxy:\n    image: caddy:2\n    http-port: 80\n"
        "  smarter-net:services:\n    n8n:\n      image: n8nio/n8n:2\n"
    )


@pytest.mark.parametrize("dash", ["  - ", "    - ", "      - "])
def test_lists_stay_indented_as_they_are(dash: str) -> None:
    text = f"config:\n  smarter-net:sites:\n{dash}{{host: a.b, service: n8n}}\n  proxy: {{image: caddy:2}}\n"
    assert of(text).with_images({("proxy",): "caddy:3"}).text == text.replace("caddy:2", "caddy:3")


def test_every_edit_of_a_stack_file_leaves_the_rest_as_it_was() -> None:
    text = (STACK_FILES / "Pulumi.prod.yaml").read_text()
    address = of(text).section("host")["address"]
    assert of(text).with_value("host", "address", "192.0.2.1").text == text.replace(address, "192.0.2.1")
    (line,) = (line for line in text.splitlines() if "n8nio/n8n:" in line)
    image = line.partition(": ")[2]
    changed = of(text).with_service("n8n", {"image": "n8nio/n8n:2", "environment": {"GENERIC_TIMEZONE": "UTC"}}).text
    expected = text.replace(image, "n8nio/n8n:2").replace(
        "environment: {GENERIC_TIMEZONE: America/Santiago}", "environment: {GENERIC_TIMEZONE: UTC}"
    )
    assert changed == expected


def test_what_is_written_is_read_as_it_was_meant(tmp_path: Path) -> None:
    image = f"docker.n8n.io/n8nio/n8n:2.41.6@{DIGEST}"
    for entry in ("{}", "{image: a:1}", '{image: "a:1"}', "\n      image: a:1", "\n      image: >-\n        a:1"):
        text = (
            f"config:\n  smarter-net:host: {{connection: local}}\n  smarter-net:certificates: internal\n"
            f"  smarter-net:sites: [{{host: a.b, service: n8n}}]\n  smarter-net:services:\n    n8n: {entry}\n"
        )
        (tmp_path / "Pulumi.test.yaml").write_text(of(text).with_images({("services", "n8n"): image}).text)
        assert str(Stack("test", tmp_path).settings.services["n8n"].image) == image
