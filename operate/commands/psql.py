"""`make psql`: PostgreSQL's own client on the database of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.errors import OperatorError
from host.inside.session import attached
from operate.inspect.current import current, with_a_shell
from operate.stack import refuse_unknown

if TYPE_CHECKING:
    from config.topology.model import Topology
    from operate.stack import Stack

CLIENT = (
    'PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); export PGPASSWORD;'
    " export PGOPTIONS='-c client_connection_check_interval=5s';"
    ' exec psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB"'
)
"""All of it is known inside the container alone; the password stands on no command line. A server whose client is gone
goes on with its query unless it is told to look."""


def psql(stack: Stack, service: str) -> int:
    """Open psql in a service's database, as its user; psql's exit code. A query that runs is given up with it.

    `service`: the one that the database is for, or the database itself.
    """
    refuse_unknown(service, stack.names)
    database = database_of(stack.topology, service)
    daemon, container = current(stack, database)
    with_a_shell(daemon, database, container)
    return attached(daemon.machine, container.id, ["sh", "-c", CLIENT])


def database_of(topology: Topology, service: str) -> str:
    """The accessory that is a service's PostgreSQL; OperatorError if the stack has none for it."""
    databases = [spec for spec in topology.services if spec.accessory_of and "POSTGRES_DB" in spec.environment]
    found = next((spec.name for spec in databases if service in {spec.name, spec.accessory_of}), None)
    if not found:
        have = ", ".join(str(spec.accessory_of) for spec in databases) or "none"
        raise OperatorError(f"SERVICE={service}: has no PostgreSQL in this stack; those that have one are {have}")
    return found
