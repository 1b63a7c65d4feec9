"""An image's own config, asked of a registry on this machine; what is none is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients import registry as asked
from config.values.errors import Mistake
from config.values.names import ImageReference
from tests.rig.internet.registry import CONFIG, MANIFEST, Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME, TAG = "team/app", "1.2.3"
LINUX = {"os": "linux", "architecture": "amd64"}
HELM = "application/vnd.cncf.helm.config.v1+json"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Registry() as running:
        yield running


def image(registry: Registry) -> ImageReference:
    return ImageReference(f"{registry.host}/{NAME}", TAG)


def refused(registry: Registry) -> Mistake:
    with pytest.raises(Mistake) as raised:
        asked.config(image(registry))
    assert "\n" not in str(raised.value)
    return raised.value


def manifest(registry: Registry, user: str) -> dict[str, Any]:
    """An image's, as an index speaks of it."""
    return registry.keep(MANIFEST, {"config": registry.keep(CONFIG, {"config": {"User": user}})})


def test_the_config_is_that_of_linux_on_amd64_by_its_digest(registry: Registry) -> None:
    said = {"User": "node", "ExposedPorts": {"80/tcp": {}}}
    digest = registry.add(NAME, TAG, config=said)
    registry.add(NAME, TAG, content="a newer one", config={"User": "root"})
    assert asked.config(replace(image(registry), digest=digest)) == said
    kinds = [path.split("/")[-2] for method, path, sent in registry.requests if method == "GET" and sent]
    assert kinds == ["manifests", "manifests", "blobs"]


def test_other_bytes_than_the_digests_are_refused(registry: Registry) -> None:
    digest = registry.add(NAME, TAG, config={"User": "node"})
    kept = {key: (kind, content) for key, (kind, content) in registry.blobs.items() if kind == CONFIG}
    registry.blobs |= {key: (kind, content.replace(b"node", b"root")) for key, (kind, content) in kept.items()}
    with pytest.raises(Mistake, match="other bytes"):
        asked.config(replace(image(registry), digest=digest))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"<html>", "answers with something that is no JSON object"),
        (b"\xff\xfe", "answers with something that is no JSON object"),
        ([["config", 1]], "answers with something that is no JSON object"),
        ({}, "gives no config for it"),
        ({"config": None}, "gives no config for it"),
        ({"config": {"digest": 4711}}, "gives no config for it"),
        ({"config": {"digest": "../../other"}}, "gives no config for it"),
        ({"manifests": None}, "has it for no architecture"),
        ({"manifests": ["one"]}, "has it for no architecture"),
        ({"manifests": [{"platform": LINUX}]}, "has it for no architecture"),
    ],
)
def test_an_answer_of_another_shape_is_named(registry: Registry, said: object, problem: str) -> None:
    registry.put(NAME, TAG, said)
    assert refused(registry).problem.startswith(f"{registry.host} {problem}")


@pytest.mark.parametrize("config", [b"<html>", "none", ["none"]])
def test_a_config_that_is_no_json_object_is_named(registry: Registry, config: object) -> None:
    registry.put(NAME, TAG, {"config": registry.keep(CONFIG, config)})
    assert refused(registry).problem == f"{registry.host} answers with something that is no JSON object"


def test_a_config_without_settings_is_empty_and_one_with_something_else_is_named(registry: Registry) -> None:
    registry.put(NAME, TAG, {"config": registry.keep(CONFIG, {"os": "linux"})})
    assert asked.config(image(registry)) == {}
    registry.put(NAME, TAG, {"config": registry.keep(CONFIG, {"config": ["Env"]})})
    assert refused(registry).problem == "its config is a list, not a mapping"


def test_what_is_no_image_of_a_container_is_named_by_its_media_type(registry: Registry) -> None:
    registry.put(NAME, TAG, {"config": registry.keep(HELM, {"name": "a chart"})})
    mistake = refused(registry)
    assert mistake.problem == f"{registry.host} has no container image there, but {HELM}"
    assert mistake.cure == "check the name and the tag"


def test_of_an_index_without_amd64_arm64_is_read_and_otherwise_the_one_without_a_platform(registry: Registry) -> None:
    plain, arm = (
        manifest(registry, "plain"),
        {**manifest(registry, "arm"), "platform": {**LINUX, "architecture": "arm64"}},
    )
    registry.put(NAME, TAG, {"manifests": [plain, arm]})
    assert asked.config(image(registry)) == {"User": "arm"}
    registry.put(NAME, TAG, {"manifests": [{**arm, "platform": {"os": "windows", "architecture": "arm64"}}, plain]})
    assert asked.config(image(registry)) == {"User": "plain"}


def test_an_index_for_other_machines_only_says_for_which(registry: Registry) -> None:
    others = [{"os": "linux", "architecture": "s390x"}, {"os": "windows", "architecture": "amd64"}]
    unknown = {"os": "unknown", "architecture": "unknown"}
    listed = [{**manifest(registry, "x"), "platform": platform} for platform in (*others, unknown)]
    registry.put(NAME, TAG, {"manifests": listed})
    mistake = refused(registry)
    assert (
        mistake.problem
        == f"{registry.host} has it for linux/s390x and windows/amd64, not for linux/amd64 or linux/arm64"
    )
    assert mistake.cure == "choose another tag"
