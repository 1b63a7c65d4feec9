"""What holds for every resource that the program registers, whatever the stack."""

from __future__ import annotations

import re

import pulumi
import pytest

from components.host import FoundNetwork
from config.derive import derive
from config.stackfile.settings import Settings
from host.names import COMMAND, CONTAINER, IMAGE, NETWORK, VOLUME
from host.program.proxy.asked import Asked
from host.program.request import Request
from tests.components.recording import Recording, Registration, Secret, record
from tests.config.stacks import STAND_INS, VALUES, patched, raw

KEY = "a key that is never shown 0123456789"
SECRETS = {"n8n-encryption-key": KEY}
HAVE_AN_INIT = {"n8n", "n8n-runners", "dokploy"}


def asked(rollout: Registration) -> Request:
    """What the program on the host makes of it."""
    return Request.parse(str(rollout.inputs["stdin"]))


@pytest.fixture(scope="module")
def dev() -> Recording:
    return record("dev", raw("dev"), SECRETS)


def test_the_six_containers_of_the_spec_and_nothing_else(dev: Recording) -> None:
    expected = {"caddy-proxy", "smarteros-blogbowl", "n8n", "metabase", "nexa-runtime", "dokploy"}
    assert set(dev.of(CONTAINER)) == expected
    assert dev.of(CONTAINER)["caddy-proxy"].inputs["name"] == "caddy-proxy"


def test_only_the_proxy_publishes_ports(dev: Recording) -> None:
    assert [name for name, found in dev.of(CONTAINER).items() if found.inputs.get("ports")] == ["caddy-proxy"]


def test_the_proxy_says_its_whole_command_and_the_preflight_runs_the_same(dev: Recording) -> None:
    command = dev.of(CONTAINER)["caddy-proxy"].inputs["command"]
    assert command == ["caddy", "run", "--config", "/etc/caddy/caddy.json"]
    proxy = dev.of(CONTAINER)["caddy-proxy"].inputs
    asked = Asked.parse(str(dev.of(COMMAND)["caddy-proxy-preflight"].inputs["stdin"]))
    assert list(asked.command) == command
    assert asked.memory == proxy["memory"]
    assert list(asked.environment) == proxy["envs"]
    assert asked.health == proxy["healthcheck"]["tests"][-1]
    assert asked.stop == proxy["destroyGraceSeconds"]
    assert asked.storage in {
        f"{each['volumeName']}:{each['containerPath']}" for each in proxy["volumes"] if "volumeName" in each
    }
    assert [(each.inside, each.port, each.bare) for each in asked.listen] == [
        (each["internal"], each["external"], each["ip"]) for each in proxy["ports"]
    ]
    assert [(id_, list(names)) for id_, names in asked.networks] == [
        (each["name"], each["aliases"]) for each in proxy["networksAdvanced"]
    ]


def test_the_direct_port_is_published_by_the_proxy_on_this_machine_only() -> None:
    settings = raw("dev")
    settings["services"]["smarteros-blogbowl"] = {"direct-port": 3002}
    containers = record("dev", settings).of(CONTAINER)
    assert {"external": 3002, "internal": 3002, "ip": "127.0.0.1"} in containers["caddy-proxy"].inputs["ports"]
    assert "ports" not in containers["smarteros-blogbowl"].inputs


def test_every_container_has_the_safety_profile(dev: Recording) -> None:
    for found in dev.of(CONTAINER).values():
        inputs = found.inputs
        assert inputs["restart"] == "unless-stopped"
        assert inputs["init"] is (found.name not in HAVE_AN_INIT)
        assert inputs["memory"] == inputs["memorySwap"] > 0
        assert inputs["capabilities"]["drops"] == ["ALL"]
        assert inputs["securityOpts"] == ["no-new-privileges"]
        assert inputs["logDriver"] == "json-file"
        assert set(inputs["logOpts"]) == {"max-size", "max-file"}
        assert inputs["destroyGraceSeconds"] == inputs["stopTimeout"] > 0
        assert inputs["healthcheck"]["tests"][0] == "CMD"
        labels = {entry["label"]: entry["value"] for entry in inputs["labels"]}
        assert labels["smarter-net.stack"] == "dev"
        assert labels["smarter-net.service"] == found.name
        assert found.request.deleteBeforeReplaceDefined


def test_a_rollout_is_told_what_a_log_says_of_a_start_that_only_looks_good(dev: Recording) -> None:
    rollouts = {name: found for name, found in dev.of(COMMAND).items() if name.endswith("-rollout")}
    told = {name: asked(found).failure for name, found in rollouts.items()}
    assert {name: failure for name, failure in told.items() if failure} == {"dokploy-rollout": "Migration failed"}


def test_dockers_init_is_there_for_images_that_have_none() -> None:
    containers = record("prod", raw("prod"), VALUES).of(CONTAINER)
    assert {name for name, found in containers.items() if not found.inputs["init"]} == HAVE_AN_INIT


def test_a_service_is_created_beside_the_old_one_and_not_started_by_the_engine(dev: Recording) -> None:
    for name, found in dev.of(CONTAINER).items():
        if name != "caddy-proxy":
            assert found.inputs["start"] is False
            assert found.inputs["mustRun"] is False
            assert "name" not in found.inputs
            assert not found.request.deleteBeforeReplace


def test_the_proxy_depends_on_no_service(dev: Recording) -> None:
    proxy = dev.of(CONTAINER)["caddy-proxy"].request
    depends_on = [*proxy.dependencies, *(urn for deps in proxy.propertyDependencies.values() for urn in deps.urns)]
    assert depends_on
    assert not [urn for urn in depends_on if "components:Service" in urn]


def test_durations_are_in_dockers_own_spelling(dev: Recording) -> None:
    for name, found in dev.of(CONTAINER).items():
        check = found.inputs["healthcheck"]
        # The proxy has none of its own for its start.
        for key in {"interval", "timeout", "startPeriod"} - ({"startPeriod"} if name == "caddy-proxy" else set()):
            assert re.fullmatch(r"(\d+h)?(\d+m)?\d+(\.\d+)?m?s", check[key])


def test_volumes_are_kept_whatever_happens_to_their_stack(dev: Recording) -> None:
    volumes = dev.of(VOLUME)
    assert "smarter-net-letsencrypt" in volumes
    assert all(found.request.retainOnDelete and not found.request.protect for found in volumes.values())


def test_images_are_kept_for_the_way_back(dev: Recording) -> None:
    assert all(found.inputs["keepLocally"] for found in dev.of(IMAGE).values())


def test_names_are_unique_and_every_resource_sits_below_the_platform(dev: Recording) -> None:
    pairs = [(found.type, found.name) for found in dev.registrations]
    assert len(pairs) == len(set(pairs))
    children = [
        f for f in dev.registrations if f.type not in {"pulumi:pulumi:Stack", "smarter-net:components:Platform"}
    ]
    assert all("smarter-net:components:" in found.request.parent for found in children)


def test_two_runs_register_the_same() -> None:
    first, second = (record("dev", raw("dev"), SECRETS) for _ in range(2))
    by_name = [{(f.type, f.name): f.inputs for f in run.registrations} for run in (first, second)]
    assert by_name[0] == by_name[1]


def test_no_secret_goes_over_the_wire_in_clear(dev: Recording) -> None:
    assert KEY not in dev.text()
    (upload,) = dev.of(CONTAINER)["n8n"].inputs["uploads"]
    assert upload["file"] == "/run/secrets/n8n-encryption-key"
    assert upload["content"] == Secret(KEY)
    assert not any(KEY in str(found.inputs["stdin"]) for found in dev.of(COMMAND).values())


def test_a_changed_secret_changes_its_service_and_no_other(dev: Recording) -> None:
    other = record("dev", raw("dev"), {"n8n-encryption-key": KEY[::-1]}).of(CONTAINER)
    assert [name for name, found in dev.of(CONTAINER).items() if found.inputs != other[name].inputs] == ["n8n"]


def test_a_changed_variable_changes_one_container_and_its_rollout_alone(dev: Recording) -> None:
    settings = raw("dev")
    settings["services"]["metabase"] = {"environment": {"COLOR": "blue"}}
    other = record("dev", settings, SECRETS)
    for type_, changed in ((CONTAINER, ["metabase"]), (COMMAND, ["metabase-rollout"])):
        now = other.of(type_)
        assert [name for name, found in dev.of(type_).items() if found.inputs != now[name].inputs] == changed


def test_a_planned_service_has_no_container() -> None:
    settings = raw("dev")
    settings["services"]["nexa-runtime"] = {"enabled": False}
    assert "nexa-runtime" not in record("dev", settings).of(CONTAINER)


def test_a_stopped_service_has_no_container_and_all_else_as_it_was(dev: Recording) -> None:
    settings = raw("dev")
    settings["services"]["n8n"] = {"stopped": True}
    stopped = record("dev", settings, SECRETS)
    for type_ in (VOLUME, IMAGE):
        now = stopped.of(type_)
        assert {name: found.inputs for name, found in dev.of(type_).items()} == {
            name: found.inputs for name, found in now.items()
        }
    assert dev.of(CONTAINER).keys() - stopped.of(CONTAINER).keys() == {"n8n"}
    assert "n8n-rollout" not in stopped.of(COMMAND)
    # What waits for it does so no more.
    settings = raw("prod")
    settings["services"]["metabase-postgres"]["stopped"] = True
    assert "metabase-rollout" in record("prod", settings, VALUES).of(COMMAND)


def test_a_network_that_is_not_ours_is_only_used() -> None:
    found = record("dev", raw("dev"), network=FoundNetwork("0123", stack=""))
    assert not found.of(NETWORK)
    assert found.of(CONTAINER)["n8n"].inputs["networksAdvanced"][0]["name"] == "0123"


def test_a_network_of_this_stack_stays_the_stacks_own() -> None:
    assert "network-bridge" in record("dev", raw("dev"), network=FoundNetwork("0123", stack="dev")).of(NETWORK)


def test_a_mistake_in_the_stack_file_is_one_line_and_registers_nothing() -> None:
    settings = raw("dev")
    settings["services"]["metabase"] = {"memory": "1 gig"}
    with pytest.raises(pulumi.RunError) as error:
        record("dev", settings)
    assert str(error.value).startswith("services.metabase.memory: ")
    assert "\n" not in str(error.value)


def test_the_rollout_is_told_the_release_that_the_container_carries(dev: Recording) -> None:
    topology = derive("dev", Settings.parse(raw("dev")), {}, STAND_INS)
    for service in topology.running:
        labels = {e["label"]: e["value"] for e in dev.of(CONTAINER)[service.name].inputs["labels"]}
        told = asked(dev.of(COMMAND)[f"{service.name}-rollout"])
        assert told.release == labels["smarter-net.release"]
        assert told.order == service.rollout.order


def test_a_server_gets_the_boot_unit_and_a_laptop_does_not(dev: Recording) -> None:
    install = '"$root/bin/rollout.pyz" install-unit\n'
    server = record("staging", patched("staging", {"dns/provider": "by-hand"}), VALUES)
    assert str(server.of(COMMAND)["host-scripts"].inputs["stdin"]).endswith(install)
    assert install not in str(dev.of(COMMAND)["host-scripts"].inputs["stdin"])


def test_a_database_carries_its_own_name_and_its_service_starts_after_it() -> None:
    prod = record("prod", raw("prod"), VALUES)
    copy = prod.of(CONTAINER)["dokploy-postgres"].inputs
    assert copy["networksAdvanced"] == [{"name": OWN, "aliases": ["dokploy-postgres"]}]
    assert copy["healthcheck"]["interval"] == "2s"
    assert asked(prod.of(COMMAND)["dokploy-postgres-rollout"]).readiness == ""
    aliases = prod.of(CONTAINER)["caddy-proxy"].inputs["networksAdvanced"][0]["aliases"]
    assert "dokploy" in aliases
    assert "dokploy-postgres" not in aliases
    waits = {urn.rsplit("::", 1)[1] for urn in prod.of(COMMAND)["dokploy-rollout"].request.dependencies}
    assert {"dokploy-postgres-rollout", "host-swarm"} <= waits
    assert "host-swarm" not in record("dev", raw("dev")).of(COMMAND)


OWN, GUARDED = "id-of-dokploy-postgres-bridge", "id-of-dokploy-bridge"


def networks(run: Recording, service: str) -> list[str]:
    return [each["name"] for each in run.of(CONTAINER)[service].inputs["networksAdvanced"]]


def test_a_database_is_reached_by_its_service_and_by_those_that_the_stack_file_names() -> None:
    prod = record("prod", raw("prod"), VALUES)
    bridge = prod.of(NETWORK)["dokploy-postgres-bridge"].inputs
    assert (bridge["name"], bridge["internal"]) == ("smarter-net-dokploy-postgres", True)
    assert "internal" not in prod.of(NETWORK)["network-bridge"].inputs
    assert networks(prod, "metabase") == ["id-of-network-bridge", "id-of-metabase-postgres-bridge"]
    on_it = {name for name in prod.of(CONTAINER) if OWN in networks(prod, name)}
    assert on_it == {"dokploy", "dokploy-postgres"}
    let_in = record("prod", patched("prod", {"services/n8n/reaches": ["dokploy-postgres"]}), VALUES)
    assert networks(let_in, "n8n") == ["id-of-network-bridge", OWN]


def test_a_stopped_databases_network_stays() -> None:
    stopped = record("prod", patched("prod", {"services/dokploy-postgres/stopped": True}), VALUES)
    assert networks(stopped, "dokploy") == [GUARDED, OWN]


def test_what_commands_the_host_is_on_a_network_with_the_proxy_alone() -> None:
    prod = record("prod", raw("prod"), VALUES)
    assert "internal" not in prod.of(NETWORK)["dokploy-bridge"].inputs
    assert networks(prod, "dokploy") == [GUARDED, OWN]
    assert {name for name in prod.of(CONTAINER) if GUARDED in networks(prod, name)} == {"dokploy", "caddy-proxy"}
    outside, beside = (set(each["aliases"]) for each in prod.of(CONTAINER)["caddy-proxy"].inputs["networksAdvanced"])
    assert outside - beside == {"dokploy"}
    assert beside < outside
    # A stand-in commands nothing.
    assert networks(record("dev", raw("dev")), "dokploy") == ["id-of-network-bridge"]


def test_a_rollout_is_told_the_readiness_path_to_its_last_character() -> None:
    paths = ("/ready?full=", "/=", "/r?a==", "/r?a=1&b=%3D")
    found = [record("dev", patched("dev", {"services/n8n/health/readiness": path})) for path in paths]
    assert [asked(one.of(COMMAND)["n8n-rollout"]).readiness for one in found] == list(paths)
