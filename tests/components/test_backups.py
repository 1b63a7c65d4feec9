"""The timer by which a host backs itself up, as the engine is asked for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.topology.backup import PASSWORD
from host.names import COMMAND
from tests.components.recording import Recording, Secret, record
from tests.components.test_names import KEYS, TIMER
from tests.config.stacks import VALUES, patched

DATABASES = {"metabase-postgres": "metabase-database-password", "dokploy-postgres": "dokploy-database-password"}


@pytest.fixture(scope="module")
def prod() -> Recording:
    """A server that backs itself up each night."""
    return record("prod", patched("prod", TIMER), VALUES | KEYS)


def test_the_host_is_given_all_that_it_needs_and_all_of_it_is_secret(prod: Recording) -> None:
    made = prod.of(COMMAND)["backups-timer"].inputs
    assert isinstance(made["stdin"], Secret)
    orders = json.loads(str(made["stdin"].value))
    assert (orders["calendar"], orders["drill"]) == ("*-*-* 03:15:00 America/Santiago", 7)
    assert (orders["request"]["password"], orders["request"]["by"]) == (KEYS[PASSWORD], "timer")
    given = {part["service"]: part["password"] for part in orders["request"]["parts"] if part["password"]}
    assert given == {service: VALUES[name] for service, name in DATABASES.items()}
    assert not any(value in prod.text() for value in KEYS.values())


def test_it_is_taken_away_with_the_key(prod: Recording) -> None:
    made = prod.of(COMMAND)["backups-timer"]
    assert "rollout.pyz" in made.inputs["delete"]
    assert made.inputs["delete"].rstrip("'").endswith(" unschedule")
    assert made.request.deleteBeforeReplace
    assert "backups-timer" not in record("prod", patched("prod", {}), VALUES).of(COMMAND)


def test_nothing_else_changes_with_it(prod: Recording) -> None:
    without = record("prod", patched("prod", {}), VALUES)
    own = inputs(prod).keys() - inputs(without).keys()
    assert own == {"backups", "backups-timer"}
    for name, each in inputs(without).items():
        given = inputs(prod)[name]
        if name.endswith("-rollout"):
            # What it copies first, where it keeps data.
            request = json.loads(given["stdin"])
            request.pop("before", None)
            given = {**given, "stdin": json.dumps(request, ensure_ascii=False) + "\n"}
        assert given == each, name


def inputs(recording: Recording) -> dict[str, dict[str, Any]]:
    return {each.name: each.inputs for each in recording.registrations if each.type != "pulumi:pulumi:Stack"}
