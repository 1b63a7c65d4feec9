"""`make pin`: digests from a registry of the tests' own, written into a stack file that otherwise stays as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from config.errors import StackError
from config.settings import Settings
from operate.pin import images, pin
from operate.stack import Stack
from operate.stackfile import section, with_images, with_service, with_value
from tests.config.stacks import REMOVED, STACKS, patched, raw
from tests.rig.registry import Registry
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STALE = "sha256:" + "0" * 64
STACK_FILE = """\
# yaml-language-server: $schema=./config/stack.schema.json
config:
  smarter-net:host: {{connection: local}}
  smarter-net:certificates: internal
  smarter-net:images: stand-in   # but for two
  smarter-net:proxy: {{image: "{host}/proxy/caddy:2", http-port: 8080, https-port: 8443}}
  smarter-net:sites:
    - {{host: mkt.smarterbot.localhost, service: smarteros-blogbowl}}
  smarter-net:services:

    n8n: # the operator's own words
      image: {host}/n8n:2@{stale}   # moved {{yesterday}}
      memory: 1GiB
    n8n-runners: {{enabled: false}}
    metabase: {{enabled: false, image: '{host}/metabase:1'}}
# about the salt
encryptionsalt: v1:abc
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with Registry() as running:
        yield running


@pytest.fixture
def stack(tmp_path: Path, registry: Registry) -> Stack:
    (tmp_path / "Pulumi.test.yaml").write_text(STACK_FILE.format(host=registry.host, stale=STALE))
    return Stack("test", tmp_path)


def add_all(registry: Registry) -> dict[str, str]:
    return {
        f"{name}:{tag}": registry.add(name, tag)
        for name, tag in (("proxy/caddy", "2"), ("n8n", "2"), ("metabase", "1"))
    }


def test_each_image_gets_the_digest_of_its_tag_and_nothing_else_moves(
    stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stack.file.read_text()
    digests = add_all(registry)
    assert pin(stack) == 0
    expected = before.replace(f"@{STALE}", "")
    for name, digest in digests.items():
        expected = expected.replace(name, f"{name}@{digest}")
    assert stack.file.read_text() == expected
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if registry.host in line]
    assert rows == [
        [f"{registry.host}/proxy/caddy:2", "-", digests["proxy/caddy:2"][:19]],
        [f"{registry.host}/n8n:2", STALE[:19], digests["n8n:2"][:19]],
        [f"{registry.host}/metabase:1", "-", digests["metabase:1"][:19]],
    ]


def test_the_second_time_nothing_changes(stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    add_all(registry)
    pin(stack)
    text = stack.file.read_text()
    os.utime(stack.file, (0, 0))
    capsys.readouterr()
    assert pin(Stack(stack.name, stack.folder)) == 0
    assert stack.file.read_text() == text
    assert stack.file.stat().st_mtime == 0
    assert capsys.readouterr().out.count("the same") == 3


def test_all_or_nothing(stack: Stack, registry: Registry) -> None:
    add_all(registry)
    del registry.images["n8n", "2"]
    before = stack.file.read_bytes()
    with pytest.raises(StackError) as raised:
        pin(stack)
    assert stack.file.read_bytes() == before
    assert str(raised.value).startswith(f"services.n8n.image: {registry.host}/n8n:2: not found, ")
    registry.images.clear()
    with pytest.raises(StackError) as raised:
        pin(stack)
    assert str(raised.value).startswith("proxy.image: ")
    assert str(raised.value).endswith("(and 2 more)")


def test_line_ends_stay_what_they_are(stack: Stack, registry: Registry) -> None:
    add_all(registry)
    stack.file.write_bytes(stack.file.read_bytes().replace(b"\n", b"\r\n"))
    pin(stack)
    content = stack.file.read_bytes()
    assert content.count(b"@sha256:") == 3
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_stack_of_stand_ins_has_nothing_to_pin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text((STACK_FILES / "Pulumi.dev.yaml").read_text())
    assert pin(Stack("dev", tmp_path)) == 0
    assert capsys.readouterr().out == "dev: no image of it comes from a registry.\n"


def named(stack: str, patch: dict[str, object]) -> dict[str, str]:
    return {"/".join(path): str(image) for path, image in images(Settings.parse(patched(stack, patch))).items()}


def test_images_are_the_stack_files_and_the_catalogs_that_run() -> None:
    assert set(named("prod", {})) == {
        "proxy", "services/smarteros-blogbowl", "services/n8n", "services/n8n-runners", "services/metabase",
        "services/metabase-postgres", "services/dokploy", "services/dokploy-postgres",
    }  # fmt: skip
    found = named("prod", {"proxy/image": REMOVED, "services/n8n": {}, "services/metabase": {"enabled": False}})
    assert found["proxy"] == "caddy:2.11.4"
    assert found["services/n8n"] == "docker.n8n.io/n8nio/n8n:2.41.6"
    assert "services/metabase" not in found


def test_a_stand_in_gives_way_to_the_image_that_is_named_and_to_no_other() -> None:
    assert named("dev", {"services/n8n": {"image": "n8nio/n8n:2"}}) == {
        "services/n8n": "n8nio/n8n:2",
        "services/n8n-runners": "n8nio/runners:2",
    }


@pytest.mark.parametrize("stack", STACKS)
def test_an_image_that_the_file_does_not_name_is_added_and_nothing_else_moves(stack: str) -> None:
    text = (STACK_FILES / f"Pulumi.{stack}.yaml").read_text()
    (line,) = (line for line in text.splitlines() if "nexa-runtime: {" in line)
    expected = text.replace(line, line.replace("{", "{image: llama:3, "))
    assert with_images(text, {("services", "nexa-runtime"): "llama:3"}) == expected


def test_a_service_that_the_file_does_not_name_is_added_and_nothing_else_moves() -> None:
    text = (STACK_FILES / "Pulumi.dev.yaml").read_text().replace("    n8n: {}\n", "")
    added = "  smarter-net:services:\n    n8n:\n      image: n8nio/n8n:2\n"
    expected = text.replace("  smarter-net:services:\n", added)
    assert with_images(text, {("services", "n8n"): "n8nio/n8n:2"}) == expected


def test_parts_that_the_file_does_not_have_are_added() -> None:
    text = "config:\n  host: {connection: local}\n  proxy:\n    http-port: 80\n"
    changed = with_images(text, {("proxy",): "caddy:2", ("services", "n8n"): "n8nio/n8n:2"})
    assert changed == (
        "config:\n  host: {connection: local}\n  proxy:\n    image: caddy:2\n    http-port: 80\n"
        "  smarter-net:services:\n    n8n:\n      image: n8nio/n8n:2\n"
    )


@pytest.mark.parametrize("dash", ["  - ", "    - ", "      - "])
def test_lists_stay_indented_as_they_are(dash: str) -> None:
    text = f"config:\n  smarter-net:sites:\n{dash}{{host: a.b, service: n8n}}\n  proxy: {{image: caddy:2}}\n"
    assert with_images(text, {("proxy",): "caddy:3"}) == text.replace("caddy:2", "caddy:3")


def test_every_edit_of_a_stack_file_leaves_the_rest_as_it_was() -> None:
    text = (STACK_FILES / "Pulumi.prod.yaml").read_text()
    address = section(text, "host")["address"]
    assert with_value(text, "host", "address", "192.0.2.1") == text.replace(address, "192.0.2.1")
    (line,) = (line for line in text.splitlines() if "n8nio/n8n:" in line)
    image = line.partition(": ")[2]
    changed = with_service(text, "n8n", {"image": "n8nio/n8n:2", "environment": {"GENERIC_TIMEZONE": "UTC"}})
    expected = text.replace(image, "n8nio/n8n:2").replace(
        "environment: {GENERIC_TIMEZONE: America/Santiago}", "environment:\n        GENERIC_TIMEZONE: UTC"
    )
    assert changed == expected


def test_what_is_written_is_read_as_it_was_meant(tmp_path: Path) -> None:
    image = f"docker.n8n.io/n8nio/n8n:2.41.6@{STALE}"
    for entry in ("{}", "{image: a:1}", '{image: "a:1"}', "\n      image: a:1", "\n      image: >-\n        a:1"):
        text = (
            f"config:\n  smarter-net:host: {{connection: local}}\n  smarter-net:certificates: internal\n"
            f"  smarter-net:sites: [{{host: a.b, service: n8n}}]\n  smarter-net:services:\n    n8n: {entry}\n"
        )
        (tmp_path / "Pulumi.test.yaml").write_text(with_images(text, {("services", "n8n"): image}))
        assert str(Stack("test", tmp_path).settings.services["n8n"].image) == image


def test_the_stacks_of_the_repository_are_all_pinned() -> None:
    for stack in ("staging", "prod"):
        assert all(image.pinned for image in images(Settings.parse(raw(stack))).values())
