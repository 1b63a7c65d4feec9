"""docs/adding-a-service.md to the letter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.config.test_adding_a_service import block
from tests.guides.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = "config/catalog.py"
SHOW = """
from pathlib import Path
from config.caddy import render
from tests.config.stacks import topology_of
for stack in ("dev", "staging"):
    topology = topology_of(Path(f"Pulumi.{stack}.yaml"))
    print(topology, render(topology))
"""


def test_a_newcomer_adds_a_service(tmp_path: Path) -> None:
    tree = Tree.copy(tmp_path / "clone")
    others = tree.run(".venv/bin/python", "-c", SHOW)

    entry, lines = block("python"), block("yaml")
    if "GITEA = " in tree.read(CATALOG):
        # The operator has followed the guide already.
        entry, lines = (part.replace("GITEA =", "GITEA_2 =").replace("gitea", "gitea-2") for part in (entry, lines))
    name = entry.split(" = ")[0]
    catalog = tree.read(CATALOG).replace("\nCATALOG: ", f"\n{entry}\nCATALOG: ")
    tree.write(CATALOG, re.sub(r"(\nCATALOG: .* in \(.*)\)\}", rf"\1, {name})}}", catalog))
    stack_file = tree.read("Pulumi.prod.yaml")
    for section in re.split(r"(?m)^(?=  smarter-net:)", lines)[1:]:
        key, _, under = section.partition("\n")
        stack_file = stack_file.replace(f"{key}\n", f"{key}\n{under}")
    tree.write("Pulumi.prod.yaml", stack_file)

    commands = block("sh").splitlines()
    assert commands[-1].startswith("make check")
    for command in commands:
        tree.run("sh", "-c", command)

    assert tree.changed() == {CATALOG, "Pulumi.prod.yaml", "config/stack.schema.json"}
    assert tree.run(".venv/bin/python", "-c", SHOW) == others
