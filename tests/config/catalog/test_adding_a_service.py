"""The documentation's example of a new service does what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from config.catalog import services
from config.derive import derive
from config.render.caddy import render
from config.stackfile.settings import Settings
from config.topology.data import Sqlite
from config.topology.service import Order
from config.values.secret import Secret
from tests.config.stacks import ROOT, SECRETS, STAND_INS, patched

if TYPE_CHECKING:
    import pytest

    from config.catalog.entry import Entry


ALONE, ENTRY = "## By the stack file alone\n", "## By an entry in the catalog\n"


def block(kind: str, below: str = ENTRY) -> str:
    """The one block of that kind below a heading of the page."""
    page = (ROOT / "docs" / "adding-a-service.md").read_text()
    text = page.split(below)[1].split("\n## ")[0]
    (found,) = re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)
    code: str = found
    return code


def test_the_lines_of_a_stack_file_alone_make_a_service() -> None:
    own = yaml.safe_load("config:\n" + block("yaml", ALONE))["config"]
    settings = patched("prod", {"sites/5": own["smarter-net:sites"][0]})
    settings["services"] |= own["smarter-net:services"]
    topology = derive("prod", Settings.parse(settings), SECRETS | {"vaultwarden-admin": Secret.of("x" * 32)}, STAND_INS)
    made = topology.service("vaultwarden")
    assert (made.port, made.rollout.order, made.health.readiness) == (8000, Order.RECREATE, "/alive")
    assert [(volume.name, volume.copied) for volume in made.volumes] == [
        ("smarter-net-vaultwarden-data", Sqlite(file="db.sqlite3"))
    ]
    assert "vault.smarterbot.cl" in render(topology)


def test_one_entry_and_its_lines_of_a_stack_file_are_all(monkeypatch: pytest.MonkeyPatch) -> None:
    names = dict(vars(services))
    exec(block("python"), names)
    entry: Entry = names["GITEA"]
    monkeypatch.setitem(services.CATALOG, entry.name, entry)

    own = yaml.safe_load("config:\n" + block("yaml"))["config"]
    settings = patched("prod", {"sites/5": own["smarter-net:sites"][0]})
    settings["services"] |= own["smarter-net:services"]
    topology = derive("prod", Settings.parse(settings), SECRETS, STAND_INS)

    made = topology.service("gitea")
    assert made.environment["GITEA__server__ROOT_URL"] == "https://git.smarterbot.cl/"
    assert made.health.command
    assert "http://127.0.0.1:3000/api/healthz" in made.health.command
    assert [str(record.name) for record in topology.records].count("git.smarterbot.cl") == 1
    assert "git.smarterbot.cl" in render(topology)
