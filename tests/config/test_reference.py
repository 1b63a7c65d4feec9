"""The stack file's reference names every key that the model has, and nothing else."""

from __future__ import annotations

import re

from config.reference import PATH, text
from config.schema import schema
from tests.config.stacks import raw


def keys(document: object) -> set[str]:
    """Every key of every mapping in it whose keys are given."""
    if isinstance(document, list):
        return {key for item in document for key in keys(item)}
    if not isinstance(document, dict):
        return set()
    own = set(document.get("properties", {})) if isinstance(document.get("properties"), dict) else set()
    return own.union(*(keys(each) for each in document.values()))


def test_the_page_is_made_from_the_schema() -> None:
    assert PATH.read_text() == text(), "run `python -m config.reference`"


def test_each_key_of_each_section_has_its_row() -> None:
    rows = set(re.findall(r"(?m)^\| `([a-z0-9-]+)` \| (?!value \|)", text()))
    sections = {key for name, each in schema()["$defs"].items() if name != "Registry" for key in keys(each)}
    assert sections - rows == set()
    assert rows - sections == set()


def test_what_the_projects_own_stacks_say_stands_there() -> None:
    page = text()
    for stack in ("dev", "staging", "prod"):
        for section in raw(stack):
            assert f"## `smarter-net:{section}`" in page
