"""A tag's digest, asked of a registry on this machine that speaks as the public ones do."""

from __future__ import annotations

import base64
import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from clients import registry as asked
from config.values.errors import Mistake
from config.values.names import ImageReference
from tests.rig.internet.registry import PASSWORD, USER, Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME, TAG = "team/app", "1.2.3"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as running:
        yield running


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No log-in but those that a test writes here."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    return tmp_path / "config.json"


def log_in(config: Path, host: str, password: str = PASSWORD) -> None:
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    config.write_text(json.dumps({"auths": {host: {"auth": auth}}}))


def image(registry: Registry, name: str = NAME, tag: str = TAG) -> ImageReference:
    return ImageReference(f"{registry.host}/{name}", tag)


def refused(registry: Registry, name: str = NAME, tag: str = TAG) -> Mistake:
    with pytest.raises(Mistake) as raised:
        asked.digest(image(registry, name, tag))
    assert "\n" not in str(raised.value)
    return raised.value


def test_the_digest_is_the_indexs_and_not_that_of_one_architecture(registry: Registry) -> None:
    digest = registry.add(NAME, TAG)
    assert asked.digest(image(registry)) == digest


def test_a_token_is_fetched_as_the_registry_says_and_nothing_is_pulled(registry: Registry) -> None:
    digest = registry.add(NAME, TAG)
    assert asked.digest(image(registry)) == digest
    assert [(method, path.partition("?")[0], sent) for method, path, sent in registry.requests] == [
        ("HEAD", f"/v2/{NAME}/manifests/{TAG}", ""),
        ("GET", "/token", ""),
        ("HEAD", f"/v2/{NAME}/manifests/{TAG}", f"Bearer for-{NAME}"),
    ]


def test_a_registry_that_asks_for_nothing_gets_nothing(registry: Registry, docker_config: Path) -> None:
    registry.token_service = None
    log_in(docker_config, registry.host)
    digest = registry.add(NAME, TAG)
    assert asked.digest(image(registry)) == digest
    assert [sent for _, _, sent in registry.requests] == [""]


@pytest.mark.parametrize("odd", ["without_digest", "without_head"])
def test_where_head_does_not_tell_the_content_does(registry: Registry, odd: str) -> None:
    setattr(registry, odd, True)
    digest = registry.add(NAME, TAG)
    assert asked.digest(image(registry)) == digest


@pytest.mark.parametrize("service", ["here", "basic"])
def test_a_private_image_needs_the_operators_log_in(registry: Registry, docker_config: Path, service: str) -> None:
    digest = registry.add(NAME, TAG)
    registry.token_service = service
    registry.private.add(NAME)
    mistake = refused(registry)
    assert "unauthorised" in mistake.problem
    assert f"docker login {registry.host}" in mistake.cure

    log_in(docker_config, registry.host, "not-the-password")
    mistake = refused(registry)
    assert "unauthorised" in mistake.problem
    assert "not-the-password" not in str(mistake)

    log_in(docker_config, registry.host)
    assert asked.digest(image(registry)) == digest


def test_a_log_in_may_be_kept_by_a_helper(
    registry: Registry, docker_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = registry.add(NAME, TAG)
    registry.private.add(NAME)
    helper = docker_config.parent / "docker-credential-kept"
    known = json.dumps({"ServerURL": registry.host, "Username": USER, "Secret": PASSWORD})
    helper.write_text(f'#!/bin/sh\n[ "$1" = get ] && [ "$(cat)" = {registry.host} ] && echo \'{known}\'\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(docker_config.parent), prepend=os.pathsep)
    docker_config.write_text(json.dumps({"auths": {registry.host: {}}, "credsStore": "kept"}))
    assert asked.digest(image(registry)) == digest


@pytest.mark.parametrize(("name", "tag"), [(NAME, "9.9.9"), ("team/other", TAG)])
def test_what_is_not_there_is_said_to_be_not_there(registry: Registry, name: str, tag: str) -> None:
    registry.add(NAME, TAG)
    assert "not found" in refused(registry, name, tag).problem


def test_a_busy_registry_says_when_to_come_back(registry: Registry) -> None:
    registry.busy = True
    mistake = refused(registry)
    assert "429" in mistake.problem
    assert "in 30 s" in mistake.cure


def test_a_broken_registry_is_named(registry: Registry) -> None:
    registry.broken = True
    assert refused(registry).problem == f"{registry.host} answers 500"


def test_a_registry_that_is_not_there_is_named() -> None:
    with Registry() as gone:
        pass
    assert f"{gone.host} cannot be reached" in refused(gone).problem


def test_a_registry_that_does_not_answer_is_not_waited_for(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "TIMEOUT", 0.1)
    registry.silent = threading.Event()
    mistake = refused(registry)
    registry.silent.set()
    assert "does not answer" in mistake.problem


def test_nobody_elses_token_service_is_asked_over_plain_http(registry: Registry, docker_config: Path) -> None:
    registry.add(NAME, TAG)
    registry.realm = "http://tokens.example/token"
    log_in(docker_config, registry.host)
    assert refused(registry).problem == "tokens.example is to be asked over plain http"


@pytest.mark.parametrize("service", ["here", "basic"])
def test_who_is_sent_elsewhere_goes_there_without_token_or_log_in(
    registry: Registry, docker_config: Path, service: str
) -> None:
    registry.token_service = service
    log_in(docker_config, registry.host)
    registry.add(NAME, TAG)
    with Registry(token_service=None) as other:
        digest = other.add(NAME, TAG)
        # The same machine under another name is another place.
        registry.elsewhere = f"http://localhost:{other.port}"
        assert asked.digest(image(registry)) == digest
        assert [sent for _, _, sent in other.requests] == [""]

        registry.elsewhere = "http://images.example"
        assert refused(registry).problem == "images.example is to be asked over plain http"


@pytest.mark.parametrize(
    ("repository", "host", "name"),
    [
        ("caddy", "registry-1.docker.io", "library/caddy"),
        ("metabase/metabase", "registry-1.docker.io", "metabase/metabase"),
        ("docker.io/caddy", "registry-1.docker.io", "library/caddy"),
        ("index.docker.io/n8nio/n8n", "registry-1.docker.io", "n8nio/n8n"),
        ("docker.n8n.io/n8nio/n8n", "docker.n8n.io", "n8nio/n8n"),
        ("ghcr.io/ggml-org/llama.cpp", "ghcr.io", "ggml-org/llama.cpp"),
        ("localhost/app", "localhost", "app"),
        ("localhost:5000/team/app", "localhost:5000", "team/app"),
        ("registry:5000/app", "registry:5000", "app"),
    ],
)
def test_a_repository_is_where_docker_would_look_for_it(repository: str, host: str, name: str) -> None:
    assert asked.place(repository) == (host, name)
    ImageReference(repository, TAG)


def test_only_this_machines_registries_are_asked_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(asked, "_digest", lambda _, url, *__: seen.append(url.partition("//")[0]))
    for host in ("127.0.0.1:5000", "localhost", "ghcr.io", "127.0.0.1.example.com", "registry:5000"):
        asked.digest(ImageReference(f"{host}/app", TAG))
    assert seen == ["http:", "http:", "https:", "https:", "https:"]
