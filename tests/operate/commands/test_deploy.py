"""`make deploy`: what is written before the engine is asked, and that a refusal leaves each byte as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from config.stackfile.settings import Settings
from config.values.names import ImageReference
from operate.commands.deploy import others
from operate.commands.pin import of_the_same_version
from operate.engine.container_changes import ADDED, CHANGED, Change
from tests.config.stacks import Patch, raw, topology
from tests.operate.commands.conftest import URN
from tests.rig.internet.registry import Registry
from tools.images.contract import contracts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.operate.commands.conftest import Desk

CONTRACTS = contracts()
SERVICE = "smarteros-blogbowl"
CONFIG = CONTRACTS[SERVICE].config


@pytest.fixture
def registry(desk: Desk, tmp_path: Path) -> Iterator[Registry]:
    desk.project.environment["DOCKER_CONFIG"] = str(tmp_path)
    with Registry() as running:
        running.add("n8n", "2", config=CONTRACTS["n8n"].config)
        yield running


@pytest.fixture
def text(desk: Desk) -> str:
    """The stack file of a stack that was up before, as an operator has it, and what it says."""
    stack = "pulumi:pulumi:Stack"
    desk.state([{"urn": f"{URN}::{stack}::smarter-net-dev", "type": stack, "custom": False}])
    file = desk.project.folder / "Pulumi.dev.yaml"
    said = file.read_text().replace(f"  {SERVICE}: {{}}", f"  {SERVICE}: {{memory: 1GiB}} # by hand")
    file.write_bytes(said.replace("\n", "\r\n").encode())
    return said


def on_disk(desk: Desk) -> str:
    content = (desk.project.folder / "Pulumi.dev.yaml").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    return content.decode().replace("\r\n", "\n")


def test_the_new_image_is_in_the_file_by_its_digest_and_nothing_else_moves(
    desk: Desk, registry: Registry, text: str
) -> None:
    digest = registry.add("blogbowl", "2", config=CONFIG)
    image = f"{registry.host}/blogbowl:2"
    ended = desk.run("deploy", SERVICE, image)
    assert ended.returncode == 0, ended.stderr
    assert on_disk(desk) == text.replace("{memory", f"{{image: '{image}@{digest}', memory").replace("'", "")
    assert f"{SERVICE}: {image}@{digest}\n" in ended.stdout
    assert desk.previewed_file.replace("\r\n", "\n").rstrip() in on_disk(desk)


def test_if_it_fails_the_file_is_as_it_was(desk: Desk, registry: Registry, text: str) -> None:
    digest = registry.add("blogbowl", "2", config=CONFIG)
    desk.preview_ends_with(7)
    ended = desk.run("deploy", SERVICE, f"{registry.host}/blogbowl:2")
    assert ended.returncode == 7
    assert digest in desk.previewed_file
    assert on_disk(desk) == text
    assert ended.stdout.endswith("Pulumi.dev.yaml is as it was before.\n")


def test_an_image_with_a_digest_keeps_it(desk: Desk, registry: Registry, text: str) -> None:
    first = registry.add("blogbowl", "2", "first", config=CONFIG)
    registry.add("blogbowl", "2", "moved", config=CONFIG)
    assert desk.run("deploy", SERVICE, f"{registry.host}/blogbowl:2@{first}").returncode == 0
    assert f"{registry.host}/blogbowl:2@{first}" in on_disk(desk)
    unknown = f"sha256:{'1' * 64}"
    line = desk.refused("deploy", SERVICE, f"{registry.host}/blogbowl:2@{unknown}")
    assert line.startswith(f"error: services.{SERVICE}.image: {registry.host}/blogbowl:2: ")
    assert "not found" in line
    assert text


WRONG = [
    # service, image, the one line
    ("blogbowl", "a:1", "SERVICE=blogbowl: there is no such service; known are caddy-proxy, smarteros-blogbowl, "),
    (SERVICE, "blogbowl", "IMAGE: blogbowl names no version; add the tag: blogbowl:<tag>"),
    (SERVICE, "", "IMAGE: '' names no version; "),
    (SERVICE, "Blog:1", "IMAGE: Blog is not an image's repository; write blog"),
    (
        SERVICE,
        "{host}/none:1",
        "services.smarteros-blogbowl.image: {host}/none:1: not in this machine's Docker, and not ",
    ),
    ("caddy-proxy", "{host}/none:1", "proxy.image: {host}/none:1: not in this machine's Docker, and not found, "),
    (
        "caddy-proxy",
        "{host}/n8n:2",
        "proxy.image: {host}/n8n:2 its entry point is `tini -- /docker-entrypoint.sh`, not ",
    ),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_one_line_and_nothing_is_changed(
    desk: Desk, registry: Registry, text: str, wrong: tuple[str, str, str]
) -> None:
    service, image, said = wrong
    line = desk.refused("deploy", service, image.format(host=registry.host))
    assert line.startswith(f"error: {said.format(host=registry.host)}")
    assert "; " in line
    assert on_disk(desk) == text
    assert not desk.previewed


def test_a_service_that_is_only_planned_is_not_deployed(desk: Desk) -> None:
    desk.project.change("nexa-runtime", enabled=False)
    line = desk.refused("deploy", "nexa-runtime", "llama:3")
    assert line == ("error: SERVICE=nexa-runtime: is only planned; set `enabled: true` in services.nexa-runtime first")


def test_a_secret_that_the_real_image_needs_is_named_before_anything_is_written(
    desk: Desk, registry: Registry, text: str
) -> None:
    assert desk.refused("deploy", "n8n", f"{registry.host}/n8n:2").startswith("error: secret:n8n-encryption-key: ")
    assert on_disk(desk) == text


def local(name: str, **said: object) -> dict[str, object]:
    return {"Name": name, "Id": "sha256:2", "Config": {**CONFIG, **said}}


def test_what_was_built_on_this_machine_is_taken_as_it_is(desk: Desk, text: str) -> None:
    desk.world["images"] = [local("blog:2", ExposedPorts={"80/tcp": {}})]
    ended = desk.run("deploy", SERVICE, "blog:2")
    assert ended.returncode == 0, ended.stderr
    assert on_disk(desk) == text.replace("{memory", "{image: blog:2, memory")
    assert f"services.{SERVICE}.image: blog:2 exposes 80/tcp, not 3000/tcp; " in ended.stdout


def test_a_second_build_of_the_same_tag_is_told(desk: Desk) -> None:
    desk.world["images"] = [local("blog:2")]
    desk.project.change(SERVICE, image="blog:2")
    said = "runs an earlier build of that tag; give each build a tag of its own"
    assert said not in desk.run("deploy", SERVICE, "blog:2").stdout
    desk.container(SERVICE)
    assert f"{SERVICE} {said}" in desk.run("deploy", SERVICE, "blog:2").stdout


def test_what_has_to_have_the_services_version_gets_its_image_too() -> None:
    settings = Settings.parse(raw("prod"))
    asked = ImageReference.parse("docker.n8n.io/n8nio/n8n:2.42.0")
    assert of_the_same_version(settings, "n8n", asked) == {
        ("services", "n8n-runners"): ImageReference("n8nio/runners", "2.42.0")
    }
    assert of_the_same_version(settings, "n8n", replace(asked, tag="2.41.6")) == {}
    assert of_the_same_version(settings, "metabase", asked) == {}


PROD: Patch = {"services/n8n/image": f"docker.n8n.io/n8nio/n8n:2.41.6@sha256:{'1' * 64}"}
NEW: Patch = {
    "services/n8n/image": f"docker.n8n.io/n8nio/n8n:2.42.0@sha256:{'2' * 64}",
    "services/n8n-runners/image": f"n8nio/runners:2.42.0@sha256:{'2' * 64}",
}
IMAGE = Change(CHANGED, "n8n", "image docker.n8n.io/n8nio/n8n:2.41.6 → 2.42.0", 2)
RUNNERS = Change(CHANGED, "n8n-runners", "image n8nio/runners:2.41.6 → 2.42.0", 2)
OTHERS = [
    Change(CHANGED, "n8n", "memory 1024 MiB → 2048 MiB", 2),
    Change(CHANGED, "metabase", "image metabase/metabase:1 → 2", 2),
    Change(ADDED, "site kpi.smarterbot.cl", "opens → metabase", 0),
]


def test_what_else_a_plan_changes_is_one_line() -> None:
    before, after = topology("prod", PROD), topology("prod", NEW)
    assert others("n8n", before, after, [IMAGE, RUNNERS]) == []
    (line,) = others("n8n", before, after, [IMAGE, *OTHERS])
    assert line == "besides n8n, the plan has what was not brought up before: n8n, metabase, site kpi.smarterbot.cl"


def test_what_comes_with_a_real_image_is_no_other_change() -> None:
    before, after = topology("dev"), topology("dev", {f"services/{SERVICE}": {"image": "blog:2"}})
    with_it = [Change(CHANGED, SERVICE, "variable FRONTEND_URL is set", 2), Change(CHANGED, "proxy", "new config", 2)]
    assert others(SERVICE, before, after, with_it) == []
