"""A request is whole, or nothing is done."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from config.topology.backup import BackupSpec, Keep
from host.backups import before, document, left_out, parts, password_of
from host.program.backup.request import Request
from host.program.errors import Failed
from tests.config.stacks import topology


def asked(stack: str = "prod") -> dict[str, Any]:
    spec = BackupSpec(to="/srv/backup", keep=Keep(last=0, daily=7, weekly=0, monthly=0))
    return document(_with(stack, spec), by="ana@desk", password="p" * 20)


def _with(stack: str, spec: BackupSpec) -> Any:  # noqa: ANN401  a topology
    return replace(topology(stack), backup=spec)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_what_the_operators_machine_sends_is_what_the_host_reads(stack: str) -> None:
    request = Request.parse(json.dumps(asked(stack)))
    assert (request.stack, request.by, request.to) == (stack, "ana@desk", "/srv/backup")
    assert request.keep == {"last": 0, "daily": 7, "weekly": 0, "monthly": 0}
    assert [part.service for part in request.parts][-1] == "caddy-proxy"


def test_each_volume_that_is_copied_is_a_part_of_its_way() -> None:
    found = {part["volume"]: part for part in parts(topology("prod"))}
    assert {name: part["way"] for name, part in found.items()} == {
        "smarter-net-n8n": "sqlite", "smarter-net-metabase-postgres": "postgres", "/etc/dokploy": "files",
        "smarter-net-dokploy-docker": "files", "smarter-net-dokploy-postgres": "postgres", "/root/letsencrypt": "files",
    }  # fmt: skip
    database = found["smarter-net-dokploy-postgres"]
    assert database["environment"] == {"POSTGRES_USER": "dokploy", "POSTGRES_DB": "dokploy"}
    assert (database["path"], database["health"][0]) == ("/var/lib/postgresql/data", "sh")
    assert found["/etc/dokploy"]["leave_out"] == ["logs"]
    assert not found["/root/letsencrypt"]["pause"]
    assert [volume for volume, _ in left_out(topology("prod"))] == ["/var/run/docker.sock"]


def test_a_recreate_copies_its_own_volumes_and_dumps_the_databases_that_it_came_with() -> None:
    stack = _with("prod", BackupSpec(to="/srv/backup", keep=Keep(last=0, daily=0, weekly=0, monthly=0)))
    found = {spec.name: before(stack, spec) for spec in stack.enabled}
    ways = {name: [(each["volume"], each["way"]) for each in asked["parts"]] for name, asked in found.items() if asked}
    assert ways == {
        "n8n": [("smarter-net-n8n", "files")],
        "metabase": [("smarter-net-metabase-postgres", "postgres")],
        "metabase-postgres": [("smarter-net-metabase-postgres", "files")],
        "dokploy": [
            ("/etc/dokploy", "files"), ("smarter-net-dokploy-docker", "files"),
            ("smarter-net-dokploy-postgres", "postgres"),
        ],
        "dokploy-postgres": [("smarter-net-dokploy-postgres", "files")],
    }  # fmt: skip
    # Half of the time for which its requests wait.
    assert found["n8n"]["limit"] == 45
    assert found["dokploy"]["parts"][0]["leave_out"] == ["logs"]
    off = replace(stack, backup=replace(stack.backup, before=False))
    assert not any(before(each, spec) for each in (off, topology("prod")) for spec in each.enabled)


def test_a_databases_password_is_asked_for_by_its_name() -> None:
    assert password_of(topology("prod"), "dokploy-postgres") == "dokploy-database-password"
    assert password_of(topology("prod"), "caddy-proxy") is None


def test_one_that_was_cut_off_anywhere_is_refused() -> None:
    text = json.dumps(asked())
    for end in range(0, len(text) - 1, 97):
        with pytest.raises(Failed, match="nothing was changed"):
            Request.parse(text[:end])


@pytest.mark.parametrize("name", [*asked()])
def test_one_without_a_field_or_with_another_type_is_refused(name: str) -> None:
    whole = asked()
    if name != "by":
        with pytest.raises(Failed, match=f"no {name}"):
            Request.parse(json.dumps({key: value for key, value in whole.items() if key != name}))
        with pytest.raises(Failed, match="nothing was changed"):
            Request.parse(json.dumps({**whole, name: 4.5}))
