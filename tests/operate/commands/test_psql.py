"""`make psql`: which database it is, and that nothing of it stands on a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.errors import OperatorError
from operate.commands.psql import CLIENT, database_of
from tests.config.stacks import topology

if TYPE_CHECKING:
    from tests.operate.commands.conftest import Desk


@pytest.mark.parametrize("service", ["metabase", "metabase-postgres"])
def test_the_database_is_its_services(service: str) -> None:
    assert database_of(topology("prod"), service) == "metabase-postgres"


@pytest.mark.parametrize("service", ["n8n", "n8n-runners", "caddy-proxy"])
def test_a_service_without_one_says_which_have_one(service: str) -> None:
    with pytest.raises(OperatorError) as refused:
        database_of(topology("prod"), service)
    assert str(refused.value) == (
        f"SERVICE={service}: has no PostgreSQL in this stack; those that have one are metabase, dokploy"
    )


def test_one_that_is_elsewhere_is_none_of_the_stack(desk: Desk) -> None:
    line = desk.refused_at_once("psql", "metabase")
    assert line == "error: SERVICE=metabase: has no PostgreSQL in this stack; those that have one are none"
    assert desk.refused_at_once("psql", "n9n").startswith("error: SERVICE=n9n: there is no such service; known are ")


def test_user_database_and_password_are_read_in_the_container() -> None:
    assert "PGPASSWORD=$(cat" in CLIENT
    assert "--password" not in CLIENT
