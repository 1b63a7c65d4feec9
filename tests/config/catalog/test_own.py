"""A service that the catalog does not know, by the stack file alone: as whole as one of the catalog's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from config.catalog.secrets import needs
from config.catalog.services import STEPS_DOWN
from config.render.caddy import render
from config.render.watch.prometheus import without_site
from config.schema import schema
from config.stackfile.settings import Settings
from config.topology.data import Files, Nothing, Sqlite
from config.topology.service import PROXYS_PORTS, Order
from operate.commands.pin import images
from tests.config.render.watch.stacks import ALL, PINNED, WATCH_SECRETS
from tests.config.stacks import STACKS, Patch, patched, topology

if TYPE_CHECKING:
    from config.topology.service import ServiceSpec

IMAGE = f"forge/forge:1.25.2@sha256:{'1' * 64}"
OWN: dict[str, Any] = {"image": IMAGE, "port": 3000, "health": {"readiness": "/api/healthz"}}
SITE = {"host": "git.smarterbot.cl", "service": "forge", "basic-auth": ["ops"]}


def patch(**changes: Any) -> Patch:  # noqa: ANN401 - whatever a stack file says
    return {"services/forge": OWN | {key.replace("_", "-"): value for key, value in changes.items()}, "sites/5": SITE}


def made(**changes: Any) -> ServiceSpec:  # noqa: ANN401 - as above
    return topology("prod", patch(**changes)).service("forge")


def test_it_has_a_site_a_record_an_image_to_pin_and_a_name_on_the_network() -> None:
    whole = topology("prod", patch())
    assert whole.services[-1].name == "forge"
    assert "git.smarterbot.cl" in [str(record.name) for record in whole.records]
    assert whole.sites[5].protection.private_paths == ("/metrics",)
    config = json.loads(render(whole))
    assert "forge" in config["apps"]["http"]["servers"]["edge"]["named_routes"]
    assert '{"host":["forge"]}' in json.dumps(config["apps"]["http"]["servers"]["network-3000"], separators=(",", ":"))
    assert str(images(Settings.parse(patched("prod", patch())))["services", "forge"]) == IMAGE


def test_what_keeps_data_is_recreated_and_what_keeps_none_is_updated_rolling() -> None:
    assert made().rollout.order is Order.ROLLING
    keeping = made(volumes={"data": "/data"}).rollout
    assert keeping.order is Order.RECREATE
    # Requests wait for as long as it may take to end, and then to start.
    assert keeping.hold > keeping.stop
    assert made(volumes={"data": "/data"}, rollout={"order": "rolling"}).rollout.order is Order.ROLLING
    assert made(rollout={"order": "recreate"}).rollout == keeping


def test_its_data_is_backed_up_as_it_says() -> None:
    volumes = {
        "data": "/data",
        "files": {"path": "/files", "leave-out": ["cache"]},
        "db": {"path": "/db", "sqlite": "git.db"},
        "tmp": {"path": "/scratch", "backup": "none"},
    }
    found = {volume.name: volume for volume in made(volumes=volumes).volumes}
    assert found["smarter-net-forge-data"].path == "/data"
    copied = [volume.copied for volume in found.values()]
    assert copied[:3] == [Files(), Files(leave_out=("cache",)), Sqlite(file="git.db")]
    assert isinstance(copied[3], Nothing)


def test_it_gets_no_rights_but_those_for_becoming_its_own_user() -> None:
    assert made().capabilities == ()
    assert made(steps_down=True).capabilities == STEPS_DOWN


def test_liveness_command_memory_variables_and_secrets_are_as_it_says() -> None:
    assert made().health.liveness == "/api/healthz"
    service = made(
        health={"readiness": "/ready", "liveness": "/alive", "command": ["curl", "-f", "http://127.0.0.1:3000/alive"]},
        memory="1GiB",
        environment={"ROOT_URL": "https://git.smarterbot.cl/{x}"},
        secrets={"FORGE_KEY": {"secret": "n8n-encryption-key"}},
        reaches=["metabase-postgres"],
    )
    assert (service.health.readiness, service.health.liveness) == ("/ready", "/alive")
    assert service.health.command == ("curl", "-f", "http://127.0.0.1:3000/alive")
    assert service.memory.mebibytes == 1024
    assert service.environment == {"ROOT_URL": "https://git.smarterbot.cl/{x}"}
    assert [use.name for use in service.secrets] == ["FORGE_KEY"]
    assert service.reaches == ("metabase-postgres",)
    settings = Settings.parse(patched("prod", patch(secrets={"FORGE_KEY": {"secret": "git-key", "generate": True}})))
    (need,) = [need for need in needs(settings, ()) if need.name == "git-key"]
    assert (need.used_by, need.origin) == (("forge",), "made")


def test_without_an_image_a_stand_in_takes_its_place_where_the_stack_has_these() -> None:
    entry = {"port": 3000, "health": {"readiness": "/up"}, "volumes": {"data": "/data"}}
    service = topology("dev", {"services/forge": entry}).service("forge")
    assert service.stand_in
    assert (service.environment["PORT"], service.environment["HEALTH_PATH"]) == ("3000", "/up")
    assert [volume.name for volume in service.volumes] == ["smarter-net-forge-stand-in"]


def test_it_may_be_planned_and_have_a_port_of_the_hosts() -> None:
    assert not made(enabled=False).enabled
    assert made(direct_port=3002).direct_port == 3002
    # Whatever its port is, on the host another one is free.
    assert made(port=8443, direct_port=8443 + 1).port == 8443


@pytest.mark.parametrize("stack", STACKS)
def test_the_others_stay_as_they_are(stack: str) -> None:
    before, after = topology(stack), topology(stack, {"services/forge": OWN})
    assert after.services[:-1] == before.services
    assert (after.proxy, after.sites, after.records) == (before.proxy, before.sites, before.records)


@pytest.mark.parametrize("port", PROXYS_PORTS)
def test_on_a_port_of_the_proxys_it_is_reached_through_its_site_alone(port: int) -> None:
    whole = topology("prod", patch(port=port))
    servers = json.loads(render(whole))["apps"]["http"]["servers"]
    assert f"network-{port}" not in servers
    assert "forge" in servers["edge"]["named_routes"]
    assert "/behind/forge/*" in json.dumps(servers["status"])
    assert "forge" not in json.dumps(servers["redirect"])
    listening = [address for each in servers.values() for address in each["listen"] if not address.startswith("unix")]
    numbers = [int(address.rpartition(":")[2]) for address in listening]
    assert sorted(numbers) == sorted(set(numbers))


def test_what_watches_asks_it_by_its_name_unless_only_its_site_leads_to_it() -> None:
    watch = topology("prod", {"services/forge": OWN, **ALL, **PINNED}, WATCH_SECRETS)
    assert "forge" in [service.name for service in without_site(watch)]
    there = topology("prod", {"services/forge": OWN | {"port": 80}, **ALL, **PINNED}, WATCH_SECRETS)
    assert "forge" not in [service.name for service in without_site(there)]


def test_what_a_rollback_writes_is_what_the_stack_file_said() -> None:
    written = json.loads(made(volumes={"data": "/data"}, steps_down=True).settings)
    again = topology("prod", {"services/forge": written, "sites/5": SITE}).service("forge")
    assert again.release == made(volumes={"data": "/data"}, steps_down=True).release


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        (OWN, True),
        (OWN | {"volumes": {"data": "/data"}}, True),
        (OWN | {"volumes": {"data": {"path": "/data", "sqlite": "git.db"}}}, True),
        ({"image": IMAGE, "port": 3000}, False),
        ({"image": IMAGE, "health": {"readiness": "/"}}, False),
        (OWN | {"health": {"liveness": "/"}}, False),
        (OWN | {"volumes": {"data": "data"}}, False),
        (OWN | {"volumes": {"data": {"sqlite": "git.db"}}}, False),
        (OWN | {"volumes": ["/data"]}, False),
        (OWN | {"prot": 3000}, False),
    ],
)
def test_an_editor_knows_it(entry: dict[str, Any], right: bool) -> None:  # noqa: FBT001 - a parameter of the test
    file = {f"smarter-net:{key}": value for key, value in patched("prod", {"services/forge": entry}).items()}
    assert jsonschema.Draft202012Validator(schema()).is_valid({"config": file}) is right


def test_an_editor_gives_what_the_catalog_says_to_none_of_its_services() -> None:
    for key, value in {"port": 3000, "volumes": {"data": "/data"}, "steps-down": True}.items():
        file = {f"smarter-net:{name}": each for name, each in patched("prod", {f"services/n8n/{key}": value}).items()}
        assert not jsonschema.Draft202012Validator(schema()).is_valid({"config": file})
