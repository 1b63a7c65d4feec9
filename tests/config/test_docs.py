"""What the documentation tells an operator to type is there: make targets and their variables, keys, files, links."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from config.stackfile.settings import Settings
from tests.config.stacks import ROOT, raw

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
OF_EACH = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"\$\((?:or )?([A-Z]+)\b|^([A-Z]+) \?=", MAKEFILE, re.MULTILINE))
NAMES = {name for pair in VARIABLES for name in pair if name}


def code(page: Path) -> list[str]:
    """Every block and every span that is set as code."""
    text = page.read_text()
    blocks = re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```", text)
    return [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^ *```.*?^ *```", "", text))]


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"(?ms)^ *```{kind}\n(.*?)^ *```", page.read_text())


@OF_EACH
def test_each_make_target_is_there_and_takes_what_it_is_given(page: Path) -> None:
    calls = [found for text in code(page) for found in re.findall(r"\bmake (?:-s )?([a-z-]+)((?: [A-Z]+=\S+)*)", text)]
    assert {target for target, _ in calls} <= TARGETS
    assert {name for _, given in calls for name in re.findall(r"([A-Z]+)=", given)} <= NAMES


@OF_EACH
def test_each_section_of_a_stack_file_is_one(page: Path) -> None:
    named = {name for text in code(page) for name in re.findall(r"smarter-net:([a-z]+)\b", text)}
    assert named <= {field.alias for field in Settings.model_fields.values()}


@OF_EACH
def test_each_example_of_a_stack_file_is_right(page: Path) -> None:
    """A page shows whole sections, or some services."""
    for text in blocks(page, "yaml"):
        shown = yaml.safe_load(re.sub(r"\Aconfig:\n", "", text))
        sections = {key.removeprefix("smarter-net:"): value for key, value in shown.items()}
        if not any(key.startswith("smarter-net:") for key in shown):
            sections = {"services": shown}
        Settings.parse({**raw("prod"), **sections})


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    titles = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@OF_EACH
def test_each_link_leads_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text()):
        file = page.parent / target if target else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), f"{target}#{anchor}"
    for target in re.findall(r"`((?:tests|docs|\.github|config|host|clients|operate|components|tools)/[\w./-]+)`",
                             page.read_text()):  # fmt: skip
        assert (ROOT / target).exists(), target


def test_each_step_of_a_workflow_that_is_named_is_there() -> None:
    workflows = {path.stem for path in (ROOT / ".github" / "workflows").glob("*.yml")}
    page = ROOT / "docs" / "github-actions.md"
    assert set(re.findall(r"(?m)^\| `(\w+)` \| (?:every|pull|once)", page.read_text())) == workflows


def test_the_version_has_its_notes() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
