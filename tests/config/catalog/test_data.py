"""Each volume says how a backup copies it, in the catalog and in the topology of each stack."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from config.catalog.accessories import entries
from config.topology.data import Copied, Files, Nothing, Postgres, Sqlite
from tests.config.stacks import STACKS, topology

if TYPE_CHECKING:
    from config.topology.service import VolumeSpec

VOLUMES = {volume.name: volume for entry in entries().values() for volume in entry.volumes}
EACH = pytest.mark.parametrize("volume", VOLUMES.values(), ids=list(VOLUMES))


@EACH
def test_each_volume_of_the_catalog_is_copied_in_one_of_the_ways(volume: VolumeSpec) -> None:
    assert isinstance(volume.copied, get_args(Copied))


@EACH
def test_a_reason_for_nothing_is_a_sentence_and_a_path_stays_in_its_volume(volume: VolumeSpec) -> None:
    match volume.copied:
        case Nothing(reason=reason):
            assert len(reason.split()) > 4
        case Sqlite(file=file):
            assert re.fullmatch(r"[\w.-]+", file)
        case Files(leave_out=paths):
            assert all(re.fullmatch(r"[\w.-]+(/[\w.-]+)*", path) for path in paths)


def test_what_holds_the_users_data_is_copied_and_what_can_be_fetched_again_is_not() -> None:
    """Of the services of the spec; a newcomer's own have volumes of their own."""
    ways = {name: type(volume.copied) for name, volume in VOLUMES.items()}
    known = {
        "smarter-net-n8n": Sqlite,
        "smarter-net-metabase-postgres": Postgres,
        "smarter-net-nexa-models": Nothing,
        "/etc/dokploy": Files,
        "smarter-net-dokploy-docker": Files,
        "/var/run/docker.sock": Nothing,
        "smarter-net-dokploy-postgres": Postgres,
    }
    assert {name: ways[name] for name in known} == known


def test_a_postgres_has_what_its_dump_needs() -> None:
    for entry in entries().values():
        if any(isinstance(volume.copied, Postgres) for volume in entry.volumes):
            assert {"POSTGRES_USER", "POSTGRES_DB"} <= set(entry.environment)
            assert {"POSTGRES_USER", "POSTGRES_DB"} <= set(entry.fixed)


@pytest.mark.parametrize("stack", STACKS)
def test_it_is_the_same_in_a_topology_and_a_stand_in_has_files(stack: str) -> None:
    made = topology(stack)
    assert made.proxy.storage.copied == Files(pause=False)
    for service in made.services:
        for volume in service.volumes:
            assert volume.copied == (Files() if service.stand_in else VOLUMES[volume.name].copied)


def test_a_container_is_not_made_of_how_its_data_is_copied() -> None:
    """Else a better way to copy would roll out every database."""
    service = topology("prod").service("dokploy-postgres")
    (volume,) = service.volumes
    assert replace(service, volumes=(replace(volume, copied=Files()),)).release == service.release
    assert replace(service, volumes=(replace(volume, path="/elsewhere"),)).release != service.release
