"""All tags of a repository, asked of a registry on this machine that lists some at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clients import registry as asked
from config.values.errors import Mistake
from tests.rig.internet.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "team/app"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with Registry() as running:
        yield running


@pytest.mark.parametrize("page", [1, 3, 7, 1000])
def test_every_page_is_asked_for_with_one_token(registry: Registry, page: int) -> None:
    there = {f"1.{number}" for number in range(7)}
    registry.tags[NAME] = there
    registry.page = page
    assert set(asked.tags(f"{registry.host}/{NAME}")) == there
    assert len([path for _, path, _ in registry.requests if path.startswith("/token?")]) == 1


def test_a_repository_that_is_not_there_is_one_line(registry: Registry) -> None:
    with pytest.raises(Mistake, match="not found, ") as raised:
        asked.tags(f"{registry.host}/{NAME}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"{}", b'{"tags": 7}'])
def test_what_is_no_list_is_one_line(registry: Registry, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.tags[NAME] = {"1"}
    monkeypatch.setattr("tests.rig.internet.registry.json.dumps", lambda _: content.decode())
    registry.token_service = None
    with pytest.raises(Mistake, match="answers with something that is no list of tags"):
        asked.tags(f"{registry.host}/{NAME}")


def test_one_that_has_none_yet_is_empty(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.tags[NAME] = {"1"}
    registry.token_service = None
    monkeypatch.setattr("tests.rig.internet.registry.json.dumps", lambda _: '{"tags": null}')
    assert asked.tags(f"{registry.host}/{NAME}") == []
