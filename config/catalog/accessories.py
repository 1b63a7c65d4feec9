"""What single services need beside them, as data: databases and helpers. In a stack each follows its service.

An accessory runs where its service's real image does, and never beside a stand-in. A stack file may switch one off and
name what takes its place. Braces are filled in as in the catalog.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.catalog.entry import Accessory, Entry, NeededSecret
from config.catalog.services import CATALOG, STEPS_DOWN
from config.catalog.watch import WATCH
from config.topology.data import Postgres
from config.topology.model import PROJECT
from config.topology.service import Health, Order, Protocol, Rollout, SecretTarget, VolumeSpec
from config.values.units import Duration, Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

_D = Duration.parse

_RUNNERS_TOKEN = NeededSecret(
    secret="n8n-runners-token",  # noqa: S106 - its name
    variable="N8N_RUNNERS_AUTH_TOKEN",
    target=SecretTarget.FILE,
    length=16,
    reason="n8n would let no program run its code",
)

N8N_RUNNERS = Entry(
    name="n8n-runners",
    purpose="Code of n8n's workflows",
    port=5680,
    repository="n8nio/runners",
    version="2.41.6",
    accessory=Accessory(
        of="n8n",
        # Left to itself n8n runs the code of workflows as its own child, which can read its key and its credentials.
        gives={"N8N_RUNNERS_MODE": "external", "N8N_RUNNERS_BROKER_LISTEN_ADDRESS": "0.0.0.0"},  # noqa: S104 - a container
        secrets=(_RUNNERS_TOKEN,),
        same_version=True,
    ),
    environment={"N8N_RUNNERS_TASK_BROKER_URI": "http://n8n-broker:5679"},
    # Unlike n8n itself, its runners read no file.
    secrets=(replace(_RUNNERS_TOKEN, target=SecretTarget.ENVIRONMENT),),
    memory=Memory(512),
    least_memory=Memory(256),
    init=True,
    # The launcher's own, on this port. The image's distroless kind has no tool to ask with.
    health=Health(readiness="/healthz", liveness="/healthz", command=None),
    # Two at a time share the work. One that is told to stop goes on for half a minute with what it has.
    rollout=Rollout(
        order=Order.ROLLING, start=_D("1m"), settle=_D("5s"), drain=_D("5s"), stop=_D("30s"), hold=_D("10s")
    ),
)

_POSTGRES_ANSWERS = (
    'PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") PGCONNECT_TIMEOUT=3'
    ' psql -w -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -Atqc "SELECT 1"'
)
"""As its service asks: `pg_isready` would be content without the user and without the database. By address: while the
first start makes the database, only its socket answers."""

_POSTGRES_IS_HALF_MADE = (
    'database "[^"]*" does not exist|role "[^"]*" does not exist|exists but is not empty|global/pg_control'
)
"""The official image makes a database only where there is no PG_VERSION, the first file that `initdb` writes."""


def _postgres(service: str, *, password: str, gives: Mapping[str, str], instead: tuple[str, ...]) -> Entry:
    """A PostgreSQL for one service alone: upgraded, backed up and lost alone.

    `password`: the service's variable. `gives`, `instead`: of the accessory.
    """
    secret = NeededSecret(
        secret=f"{service}-database-password",
        variable="POSTGRES_PASSWORD",
        target=SecretTarget.FILE,
        length=16,
        reason="the database would let in every client that reaches it",
        permanent="the database keeps the password that it was made with",
    )
    return Entry(
        name=f"{service}-postgres",
        purpose=f"Database of {service}",
        port=5432,
        protocol=Protocol.TCP,
        aliases=(f"{service}-postgres",),
        repository="postgres",
        version="16",
        keeps_major=True,
        accessory=Accessory(
            of=service,
            first=True,
            gives=gives,
            secrets=(replace(secret, variable=password),),
            instead=instead,
        ),
        environment={"POSTGRES_USER": service, "POSTGRES_DB": service},
        # With another folder it would begin empty, beside its data.
        fixed=("PGDATA", "POSTGRES_USER", "POSTGRES_DB"),
        secrets=(secret,),
        volumes=(VolumeSpec(name=f"{PROJECT}-{service}-postgres", path="/var/lib/postgresql/data", copied=Postgres()),),
        memory=Memory(256),
        least_memory=Memory(128),
        capabilities=STEPS_DOWN,
        health=Health(command=("sh", "-c", _POSTGRES_ANSWERS)),
        first_start_cut=_POSTGRES_IS_HALF_MADE,
        # start: what a killed database has to read again. stop: what it has to write; the image asks for a fast end.
        rollout=Rollout(
            order=Order.RECREATE, start=_D("5m"), settle=_D("5s"), drain=_D("0s"), stop=_D("1m"), hold=_D("2m")
        ),
        alone="two PostgreSQL servers on one directory destroy it",
    )


METABASE_POSTGRES = _postgres(
    "metabase",
    password="MB_DB_PASS",  # noqa: S106 - the name of a variable
    gives={
        "MB_DB_TYPE": "postgres",
        "MB_DB_HOST": "metabase-postgres",
        "MB_DB_PORT": "5432",
        "MB_DB_DBNAME": "metabase",
        "MB_DB_USER": "metabase",
    },
    instead=("MB_DB_CONNECTION_URI", "MB_DB_HOST"),
)

DOKPLOY_POSTGRES = _postgres(
    "dokploy",
    password="POSTGRES_PASSWORD",  # noqa: S106 - the name of a variable
    gives={
        "POSTGRES_HOST": "dokploy-postgres",
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": "dokploy",
        "POSTGRES_DB": "dokploy",
    },
    instead=("DATABASE_URL", "POSTGRES_PASSWORD"),
)

ACCESSORIES: Mapping[str, Entry] = {entry.name: entry for entry in (N8N_RUNNERS, METABASE_POSTGRES, DOKPLOY_POSTGRES)}


def accessories_of(service: str) -> list[tuple[Entry, Accessory]]:
    """Every accessory of that service, with what ties it there."""
    return [(entry, tie) for entry in ACCESSORIES.values() if (tie := entry.accessory) and tie.of == service]


def entries() -> Mapping[str, Entry]:
    """The catalog by its names: after each service its accessories, and at the end what watches them."""
    together = [[service, *(entry for entry, _ in accessories_of(service.name))] for service in CATALOG.values()]
    return {entry.name: entry for group in [*together, WATCH] for entry in group}
