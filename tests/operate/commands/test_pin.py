"""`make pin`: digests from a registry of the tests' own, written into a stack file that otherwise stays as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from config.stackfile.settings import Settings
from config.values.errors import StackError
from operate.commands.pin import images, pin
from operate.stack import Stack
from tests.config.stacks import REMOVED, patched, raw
from tests.rig.internet.registry import CONFIG, Registry
from tests.stacks import STACK_FILES
from tools.images.contract import contracts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTRACTS = contracts()
IMAGES = {"caddy-proxy": ("proxy/caddy", "2"), "n8n": ("n8n", "2"), "metabase": ("metabase", "1")}
"""Repository and tag by the contract."""
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
    """The stack's images, each as its contract says."""
    return {
        f"{name}:{tag}": registry.add(name, tag, config=CONTRACTS[contract].config)
        for contract, (name, tag) in IMAGES.items()
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


WRONG = [
    # image, what its config says otherwise, what pin says of it, whether the program relies on it
    ("n8n", {"Entrypoint": ["/docker-entrypoint.sh"]}, "its entry point is `/docker-entrypoint.sh`", True),
    ("n8n", {"Entrypoint": ["tini", "--", "/n8n"]}, "its entry point is `tini -- /n8n`", False),
    ("n8n", {"Cmd": ["worker"]}, "its command is `worker`, not none", False),
    ("n8n", {"User": "root"}, "runs as root, not node, and its volumes", True),
    ("n8n", {"User": "1000"}, "", False),
    ("n8n", {"ExposedPorts": {"8080/tcp": {}}}, "exposes 8080/tcp, not 5678/tcp", False),
    ("n8n", {"StopSignal": "SIGQUIT"}, "is stopped by SIGQUIT, not SIGTERM", False),
    ("n8n", {"Volumes": {"/files": {}}}, "keeps data in /files, which has no volume here, and its data would go", True),
    ("caddy-proxy", {"Entrypoint": ["/entry"]}, "its entry point is `/entry`, not none, and the proxy's command", True),
    ("caddy-proxy", {"Cmd": ["caddy", "start"]}, "its command is `caddy start`, not `caddy run --config", False),
    ("caddy-proxy", {"ExposedPorts": {"8080/tcp": {}}}, "exposes 8080/tcp, not 2019/tcp, 443/tcp, 443/udp", False),
    ("caddy-proxy", {"Env": ["CADDY_VERSION=v2", "PATH=/bin"]}, "has no /usr/bin in its PATH, and the proxy", True),
    ("caddy-proxy", {"User": "caddy"}, "runs as caddy, not root", True),
    ("metabase", {"User": "metabase"}, "runs as metabase, not root", True),
]


@pytest.mark.parametrize(("name", "change", "said", "relied_on"), WRONG)
def test_what_an_image_says_otherwise_than_its_contract_is_named(
    stack: Stack,
    registry: Registry,
    capsys: pytest.CaptureFixture[str],
    *,
    name: str,
    change: dict[str, object],
    said: str,
    relied_on: bool,
) -> None:
    add_all(registry)
    registry.add(*IMAGES[name], config={**CONTRACTS[name].config, **change})
    before = stack.file.read_bytes()
    if relied_on:
        with pytest.raises(StackError) as raised:
            pin(stack)
        assert said in str(raised.value)
        assert f"tools/images/contracts/{name}.json" in str(raised.value)
        assert stack.file.read_bytes() == before
    else:
        assert pin(stack) == 0
        remarks = [line for line in capsys.readouterr().out.splitlines() if line.startswith("• ")]
        assert [said in line for line in remarks] == ([True] if said else [])
        assert stack.file.read_bytes() != before


OWN = """\
    forge:
      image: {host}/forge:1
      port: 3000
      health: {{readiness: /}}
      volumes: {{data: /data}}
      steps-down: true
"""
OWN_WRONG = [
    ({"Volumes": {"/data": {}, "/etc/forge/": {}}}, "keeps data in /etc/forge, which has no volume here", True),
    ({"ExposedPorts": {"3001/tcp": {}}}, "exposes 3001/tcp, not 3000/tcp; compare it with services.forge.port", False),
    ({"User": "git"}, "runs as git, so it has no rights that it could step down from; remove", False),
    ({"ExposedPorts": {"22/tcp": {}, "3000/tcp": {}}, "Volumes": {"/data": {}}, "Cmd": ["x"], "User": "0"}, "", False),
]


@pytest.mark.parametrize(("config", "said", "relied_on"), OWN_WRONG)
def test_what_an_image_says_otherwise_than_the_stack_file_is_named(
    stack: Stack,
    registry: Registry,
    capsys: pytest.CaptureFixture[str],
    config: dict[str, Any],
    said: str,
    *,
    relied_on: bool,
) -> None:
    """Of a service that the catalog does not know, and so of an image without a contract."""
    add_all(registry)
    registry.add("forge", "1", config=config)
    text = stack.file.read_text().replace("# about the salt\n", OWN.format(host=registry.host))
    stack.file.write_text(text)
    if relied_on:
        with pytest.raises(StackError) as raised:
            pin(stack)
        assert f"services.forge.image: {registry.host}/forge:1 {said}" in str(raised.value)
        assert str(raised.value).endswith("services.forge.volumes, with `backup: none` where it need not be kept")
        assert stack.file.read_text() == text
        return
    assert pin(stack) == 0
    remarks = [line for line in capsys.readouterr().out.splitlines() if line.startswith("• ")]
    assert [said in line for line in remarks] == ([True] if said else [])
    assert f"{registry.host}/forge:1@sha256:" in stack.file.read_text()


def test_every_difference_that_matters_is_a_line_of_its_own(
    stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    add_all(registry)
    registry.add("n8n", "2", config={**CONTRACTS["n8n"].config, "User": "root", "Volumes": {"/files": {}}})
    registry.add("metabase", "1", config={**CONTRACTS["metabase"].config, "User": "x", "StopSignal": "SIGINT"})
    with pytest.raises(StackError) as raised:
        pin(stack)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("• ")]
    assert [line.split(":")[0] for line in lines] == [
        "• services.metabase.image", "• services.n8n.image", "• services.metabase.image"
    ]  # fmt: skip
    assert str(raised.value).startswith("services.n8n.image: ")


def test_an_image_whose_config_cannot_be_read_is_pinned_all_the_same(
    stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    add_all(registry)
    registry.blobs = {digest: blob for digest, blob in registry.blobs.items() if blob[0] != CONFIG}
    assert pin(stack) == 0
    assert capsys.readouterr().out.count("its own config cannot be read: not found") == 3


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"<html>", "answers with something that is no JSON object; try again"),
        ({"config": "none"}, "its config is text, not a mapping; choose another tag, or build it again"),
        ({"config": {"Env": [1]}}, "its Env is not a list of words; choose another tag, or build it again"),
    ],
)
def test_a_config_that_is_none_is_one_line_with_the_image_and_the_cure(
    stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str], config: object, said: str
) -> None:
    add_all(registry)
    registry.put("n8n", "2", {"config": registry.keep(CONFIG, config)})
    assert pin(stack) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("• ")]
    assert line.startswith(f"• services.n8n.image: {registry.host}/n8n:2: its own config cannot be read: ")
    assert line.endswith(said)


def test_what_an_image_says_cannot_break_a_line(
    stack: Stack, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    add_all(registry)
    registry.add("n8n", "2", config={**CONTRACTS["n8n"].config, "Cmd": ["a\n• all is well", "\x1b[2J"]})
    assert pin(stack) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "all is well" in line]
    assert r"its command is `a\n• all is well \x1b[2J`, not none; compare" in line


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


def test_the_stacks_of_the_repository_are_all_pinned() -> None:
    for stack in ("staging", "prod"):
        assert all(image.pinned for image in images(Settings.parse(raw(stack))).values())


def test_a_new_image_of_one_service_is_written_alone(stack: Stack, registry: Registry) -> None:
    before = stack.file.read_text()
    digest = registry.add("n8n", "3", config=CONTRACTS["n8n"].config)
    assert pin(stack, "n8n", f"{registry.host}/n8n:3") == 0
    assert stack.file.read_text() == before.replace(f"n8n:2@{STALE}", f"n8n:3@{digest}")


@pytest.mark.parametrize(
    ("service", "image", "key"),
    [
        ("n8n", "n8n:a:b", "IMAGE"),
        ("n8m", "n8n:3", "SERVICE"),
        ("n8n", "{host}/n8n:never", "services.n8n.image"),
    ],
)
def test_one_that_cannot_be_is_a_line_and_the_file_stays(
    stack: Stack, registry: Registry, service: str, image: str, key: str
) -> None:
    before = stack.file.read_text()
    with pytest.raises(StackError) as refused:
        pin(stack, service, image.format(host=registry.host))
    assert str(refused.value).startswith(f"{key}: ")
    assert stack.file.read_text() == before
