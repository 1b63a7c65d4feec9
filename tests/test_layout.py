"""Where what may be imported from: the program reads in one direction, and no folder is a drawer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = ("config", "host", "clients", "components", "operate")
MOST = 18
"""Files in one folder of the program."""
LIST = ROOT / "operate" / "commands"
"""One file a target of the Makefile: it is as long as what an operator can type, and held to that by its own tests."""
ORDER = (
    ("config.values",),
    ("config.topology",),
    ("config.stackfile", "config.render"),
    ("config.catalog",),
    ("config.checks", "config.schema"),
    ("config.derive", "config.reference"),
    ("host", "tools.images"),
    ("clients",),
    ("components", "operate"),
)
"""What stands further down may import what stands further up; two of one line do not import each other."""
KNOWN = {prefix: level for level, line in enumerate(ORDER) for prefix in line}


def modules() -> dict[str, Path]:
    """Every module of the program, by its name."""
    folders = [*PROGRAM, "tools/images"]
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]
    return dict(zip(names, files, strict=True))


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """The program's modules that a file names, in a function or for the type checker alone as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                within = f"{node.module}.{name.name}"
                found.add(within if within in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found & set(known)


def prefix(module: str) -> str | None:
    """The part of the order that a module belongs to; None: `config` itself."""
    return next((each for each in KNOWN if module == each or module.startswith(f"{each}.")), None)


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Modules that lead back to themselves, each with the way."""
    found, done = [], set[str]()

    def walk(module: str, way: list[str]) -> None:
        if module in way:
            found.append([*way[way.index(module) :], module])
        elif module not in done:
            for other in sorted(arrows[module]):
                walk(other, [*way, module])
            done.add(module)

    for module in arrows:
        walk(module, [])
    return found


KNOWN_MODULES = modules()
ARROWS = {name: imported(path, KNOWN_MODULES) - {name} for name, path in KNOWN_MODULES.items()}


def test_no_module_leads_back_to_itself() -> None:
    assert circles(ARROWS) == []


@pytest.mark.parametrize("module", sorted(ARROWS))
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    own = prefix(module)
    for other in ARROWS[module]:
        of = prefix(other)
        if own and of and of != own:
            assert KNOWN[of] < KNOWN[own], f"{module} imports {other}"


def test_no_folder_has_more_files_than_one_looks_over() -> None:
    for folder in {path.parent for path in KNOWN_MODULES.values()} - {LIST}:
        files = [path.name for path in folder.iterdir() if path.is_file() and path.name != "__init__.py"]
        assert len(files) <= MOST, f"{folder.relative_to(ROOT)}: {len(files)} files"


def test_each_command_has_a_test_of_its_name() -> None:
    commands = {path.stem for path in (ROOT / "operate" / "commands").glob("*.py")} - {"__init__"}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "operate" / "commands").glob("test_*.py")}
    assert tests == commands


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c", "b"]]
