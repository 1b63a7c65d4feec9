"""Databases and helpers: each follows its service, gives it what it needs, and is never half there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.catalog.accessories import ACCESSORIES
from config.catalog.services import CATALOG
from config.checks.stack import LIMITS
from config.topology.service import Order, Protocol
from config.values.units import Duration
from tests.config.checks.test_wrong_stacks import GIVEN, Wrong, is_one_line_with_key_and_cure, service
from tests.config.stacks import SECRETS, Patch, topology

if TYPE_CHECKING:
    from config.catalog.entry import Entry

REAL = "docker.n8n.io/n8nio/n8n:2.50.0"
PINNED = "@sha256:" + "1" * 64
ENTRIES = pytest.mark.parametrize("entry", ACCESSORIES.values(), ids=list(ACCESSORIES))
OFF: Patch = {"services/dokploy-postgres/enabled": False}
"""Dokploy's database is another project's."""


@ENTRIES
def test_each_belongs_to_a_service_and_keeps_to_the_catalogs_own_checks(entry: Entry) -> None:
    assert entry.accessory
    assert entry.accessory.of in CATALOG
    assert entry.memory >= entry.least_memory
    for name, (least, most, _) in LIMITS.items():
        assert Duration.parse(least) <= getattr(entry.rollout, name) <= Duration.parse(most)
    assert not entry.alone or entry.rollout.order is Order.RECREATE


@ENTRIES
def test_a_name_of_its_own_is_for_what_never_runs_twice(entry: Entry) -> None:
    """Docker's names lead to both containers of a rolling update, ready or not."""
    if entry.aliases:
        assert entry.rollout.order is Order.RECREATE


@ENTRIES
def test_what_speaks_no_http_says_by_itself_whether_it_is_ready(entry: Entry) -> None:
    if entry.protocol is not Protocol.HTTP:
        assert entry.health.command
        assert entry.health.readiness == entry.health.liveness == ""


def test_each_stands_behind_its_service_in_prod_and_none_beside_a_stand_in() -> None:
    assert [service.name for service in topology("prod").services] == [
        "smarteros-blogbowl", "n8n", "n8n-runners", "metabase", "metabase-postgres", "nexa-runtime", "dokploy",
        "dokploy-postgres",
    ]  # fmt: skip
    assert not [service.name for service in topology("dev").services if service.accessory_of]
    assert "n8n-runners" not in [service.name for service in topology("staging").services]


def test_a_real_image_in_dev_brings_its_accessories_with_it() -> None:
    made = topology("dev", {"services/n8n": {"image": REAL}})
    assert str(made.service("n8n-runners").image) == "n8nio/runners:2.50.0"
    assert made.service("n8n").environment["N8N_RUNNERS_MODE"] == "external"
    assert made.service("n8n").aliases == ("n8n-broker",)
    assert topology("dev").service("n8n").aliases == ()


def test_a_service_is_told_of_its_database_and_waits_for_it() -> None:
    made = topology("prod")
    dokploy, database = made.service("dokploy"), made.service("dokploy-postgres")
    assert dokploy.after == ("dokploy-postgres",)
    assert dokploy.environment["POSTGRES_HOST"] in database.aliases
    assert dokploy.environment["POSTGRES_PORT"] == str(database.port)
    assert dokploy.environment["POSTGRES_USER"] == database.environment["POSTGRES_USER"]
    assert {use.secret for use in database.secrets} < {use.secret for use in dokploy.secrets}
    assert made.service("n8n").after == ()


def test_the_proxy_forwards_nothing_that_is_not_http() -> None:
    made = topology("prod")
    assert {service.name for service in made.services} - {service.name for service in made.proxied} == {
        "metabase-postgres",
        "dokploy-postgres",
    }


def test_swarm_mode_is_asked_for_where_dokploy_really_runs() -> None:
    assert topology("prod").swarm
    assert not topology("dev").swarm
    assert not topology("prod", {"services/dokploy/enabled": False}).swarm


def test_another_database_takes_its_place() -> None:
    own: Patch = {**OFF, "services/dokploy/secrets": {"DATABASE_URL": {"secret": "dokploy-database"}}}
    made = topology("prod", own, {**SECRETS, "dokploy-database": SECRETS["n8n-encryption-key"]})
    assert "dokploy-postgres" not in [service.name for service in made.services]
    assert made.service("dokploy").after == ()
    assert "POSTGRES_HOST" not in made.service("dokploy").environment


def test_without_its_accessory_n8n_runs_the_code_itself() -> None:
    made = topology("prod", {"services/n8n-runners/enabled": False})
    assert "N8N_RUNNERS_MODE" not in made.service("n8n").environment
    assert "n8n-runners-token" not in {use.secret for use in made.service("n8n").secrets}


MISTAKES = [
    Wrong("no database at all", OFF, "services.dokploy-postgres.enabled", "add `DATABASE_URL: {secret: dokploy-"),
    Wrong(
        "n8n's runners of another version", service("n8n-runners", image=f"n8nio/runners:2.1.0{PINNED}"),
        "services.n8n-runners.image", "write n8nio/runners:2.41.6",
    ),
    Wrong(
        "another major version", service("dokploy-postgres", image=f"postgres:17{PINNED}"),
        "services.dokploy-postgres.image", "stay with 16",
    ),
    Wrong(
        "a database's own port for everybody", service("dokploy-postgres", direct_port=5432),
        "services.dokploy-postgres.direct-port", "remove it",
    ),
    Wrong(
        "a path to ask a database for", service("dokploy-postgres", health={"readiness": "/"}),
        "services.dokploy-postgres.health.readiness", "remove it",
    ),
    Wrong(
        "two of one database", service("dokploy-postgres", rollout={"order": "overlap"}),
        "services.dokploy-postgres.rollout.order", "recreate",
    ),
    Wrong(
        "a site of a database", {"sites/5": {"host": "db.smarterbot.cl", "service": "dokploy-postgres"}},
        "sites[5].service", "name dokploy",
    ),
    Wrong(
        "another folder for its data", service("dokploy-postgres", environment={"PGDATA": "/elsewhere"}),
        "services.dokploy-postgres.environment.PGDATA", "remove it",
    ),
    Wrong(
        "its address set by hand", service("dokploy", environment={"POSTGRES_HOST": "db"}),
        "services.dokploy.environment.POSTGRES_HOST", "remove it",
    ),
    Wrong(
        "its password in clear text", service("dokploy", environment={"POSTGRES_PASSWORD": GIVEN}),
        "services.dokploy.environment.POSTGRES_PASSWORD", "secret:dokploy-database-password",
    ),
    Wrong(
        "no password", {}, "secret:dokploy-database-password", "make secrets",
        secrets={"dokploy-database-password": None},
    ),
]  # fmt: skip


@pytest.mark.parametrize("wrong", MISTAKES, ids=lambda wrong: wrong.name)
def test_a_mistake_gives_one_line_with_key_and_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)
