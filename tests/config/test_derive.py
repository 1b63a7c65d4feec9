from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from config.topology.model import Certificates, LocalHost
from config.topology.records import DnsSpec
from config.topology.service import Order, SecretTarget, ServiceSpec
from config.values.names import Hostname
from config.values.secret import Secret
from config.values.units import Duration, Memory
from tests.config.stacks import CLOUDFLARE, LOGINS, REMOVED, SECRETS, STACKS, STAND_INS, ZONE, Patch, topology

REAL = "services/n8n/image"
N8N = "docker.n8n.io/n8nio/n8n:2.41.6"


def n8n(stack: str, patch: Patch | None = None, secrets: dict[str, Secret] | None = None) -> ServiceSpec:
    return topology(stack, patch, secrets).service("n8n")


@pytest.mark.parametrize("stack", STACKS)
def test_the_same_settings_give_the_same_topology(stack: str) -> None:
    assert topology(stack) == topology(stack)
    assert topology(stack).stack == stack


def test_dev_is_this_machine_and_nothing_leaves_it() -> None:
    dev = topology("dev", secrets={})
    assert dev.host == LocalHost()
    assert dev.proxy.bind_address == "127.0.0.1"
    assert dev.proxy.storage.name == "smarter-net-letsencrypt"
    assert dev.proxy.certificates is Certificates.INTERNAL
    assert str(dev.proxy.image) == STAND_INS.caddy
    assert [str(service.image) for service in dev.services] == [STAND_INS.of(service.name) for service in dev.services]
    assert all(not volume.name.startswith("/") for service in dev.services for volume in service.volumes)
    assert all(service.secrets == () for service in dev.services)


def test_a_site_outside_443_says_its_port() -> None:
    assert topology("dev").sites[0].url == "https://mkt.smarterbot.localhost:8443"
    assert topology("prod").sites[0].url == "https://mkt.smarterbot.cl"


def test_a_server_listens_for_everybody_if_nothing_else_is_said() -> None:
    assert topology("prod").proxy.bind_address == "0.0.0.0"
    assert topology("prod", {"proxy/bind-address": "203.0.113.10"}).proxy.bind_address == "203.0.113.10"


def test_a_stand_in_is_told_what_it_stands_for() -> None:
    service = n8n("dev")
    assert service.stand_in
    assert service.environment == {
        "DATA_DIR": "/home/node/.n8n",
        "HEALTH_PATH": "/healthz/readiness",
        "PORT": "5678",
        "STANDIN_SERVICE": "n8n",
        "STANDIN_VERSION": "2.41.6",
    }
    assert service.health.command == ("/standin", "probe", "http://127.0.0.1:5678/healthz/readiness")
    assert service.memory == Memory(64)
    assert [(volume.name, volume.path) for volume in service.volumes] == [
        ("smarter-net-n8n-stand-in", "/home/node/.n8n")
    ]


def test_one_health_path_is_not_said_twice_and_what_is_rolled_keeps_no_data() -> None:
    mkt = topology("dev").service("smarteros-blogbowl")
    assert mkt.environment["HEALTH_PATH"] == "/"
    assert "DATA_DIR" not in mkt.environment
    assert mkt.volumes == ()


def test_the_operators_variables_reach_a_stand_in() -> None:
    assert n8n("dev", {"services/n8n": {"environment": {"BROKEN": "yes"}}}).environment["BROKEN"] == "yes"


def test_one_line_puts_the_real_image_in_a_stand_ins_place() -> None:
    dev = topology("dev", {REAL: N8N})
    service = dev.service("n8n")
    assert (str(service.image), service.stand_in) == (N8N, False)
    assert [volume.name for volume in service.volumes] == ["smarter-net-n8n"]
    assert [(use.name, use.target) for use in service.secrets] == [
        ("N8N_ENCRYPTION_KEY_FILE", SecretTarget.FILE),
        ("N8N_RUNNERS_AUTH_TOKEN_FILE", SecretTarget.FILE),
    ]
    assert [other.name for other in dev.services if not other.stand_in] == ["n8n", "n8n-runners"]


def test_n8n_knows_where_it_is_seen_from_and_stops_in_time() -> None:
    environment = n8n("dev", {REAL: N8N}).environment
    assert environment["N8N_HOST"] == "api.smarterbot.localhost"
    assert environment["WEBHOOK_URL"] == environment["N8N_WEBHOOK_URL"] == "https://api.smarterbot.localhost:8443/"
    assert environment["N8N_GRACEFUL_SHUTDOWN_TIMEOUT"] == "30"
    slower = n8n("dev", {REAL: N8N, "services/n8n/rollout": {"stop": "2m"}})
    assert slower.environment["N8N_GRACEFUL_SHUTDOWN_TIMEOUT"] == "105"


def test_a_service_without_a_site_is_not_told_of_one() -> None:
    environment = n8n("prod", {"sites": [{"host": "mkt.smarterbot.cl", "service": "smarteros-blogbowl"}]}).environment
    assert not {"N8N_HOST", "WEBHOOK_URL"} & environment.keys()
    assert environment["N8N_PORT"] == "5678"


def test_the_first_of_several_sites_counts() -> None:
    sites = [{"host": f"{name}.smarterbot.cl", "service": "n8n", "open": True} for name in ("one", "two")]
    made = topology("prod", {"sites": sites})
    assert made.service("n8n").environment["N8N_HOST"] == "one.smarterbot.cl"
    assert len(made.records) == 2


def test_metabase_gets_half_of_its_memory_as_heap() -> None:
    made = topology("prod", {"services/metabase/memory": "4GiB"}).service("metabase")
    assert made.environment["JAVA_OPTS"] == "-Xmx2048m"
    assert made.environment["MB_JETTY_PORT"] == str(made.port) == "3001"


@pytest.mark.parametrize("stack", STACKS)
def test_no_brace_is_left_over(stack: str) -> None:
    for service in topology(stack).services:
        assert not any("{" in text for text in [*service.environment.values(), *(service.health.command or ())])


def test_the_stack_files_values_win() -> None:
    service = n8n("prod", {
        "services/n8n/command": ["worker"],
        "services/n8n/memory": "2GiB",
        "services/n8n/environment": {"N8N_PROXY_HOPS": "2"},
        "services/n8n/health": {"readiness": "/ready", "liveness": "/alive"},
        "services/n8n/rollout": {"start": "30s", "hold": "0s"},
        "services/n8n/direct-port": 15678,
    })  # fmt: skip
    assert service.command == ("worker",)
    assert service.memory == Memory(2048)
    assert service.environment["N8N_PROXY_HOPS"] == "2"
    assert (service.health.readiness, service.health.liveness) == ("/ready", "/alive")
    asked = topology("prod", {"services/metabase/health": {"liveness": "/alive"}}).service("metabase").health.command
    assert (asked or ())[-1] == "http://127.0.0.1:3001/alive"
    assert (service.rollout.start, service.rollout.hold) == (Duration.parse("30s"), Duration.parse("0s"))
    assert service.rollout.stop == Duration.parse("45s")
    assert (service.direct_port, service.direct_address) == (15678, "127.0.0.1")


def test_a_health_command_of_ones_own_is_taken_as_it_is_and_none_is_none() -> None:
    own = {"services/n8n/health": {"command": ["probe", "{port}"]}}
    assert n8n("prod", own).health.command == ("probe", "{port}")
    assert n8n("prod", {"services/n8n/health": {"command": "none"}}).health.command is None


def test_a_secret_of_ones_own_comes_as_a_file_or_as_a_variable() -> None:
    uses = {"A": {"secret": "smtp-password", "as": "file"}, "B": {"secret": "smtp-password"}}
    service = n8n("prod", {"services/n8n/secrets": uses}, {**SECRETS, "smtp-password": Secret.of("x")})
    assert [(use.name, use.target.value, use.path) for use in service.secrets if use.secret == "smtp-password"] == [
        ("A_FILE", "file", "/run/secrets/smtp-password"),
        ("B", "environment", "/run/secrets/smtp-password"),
    ]


def test_a_stand_in_gets_the_secrets_that_are_there_and_starts_without() -> None:
    assert [use.secret for use in n8n("dev", secrets=SECRETS).secrets] == ["n8n-encryption-key"]
    assert n8n("dev", secrets={}).secrets == ()


def test_a_planned_service_needs_neither_image_nor_secret() -> None:
    planned: Patch = {f"services/{name}": {"enabled": False} for name in ("n8n", "metabase", "dokploy")}
    made = topology("prod", {**planned, "services/smarteros-blogbowl": {"enabled": False}}, LOGINS)
    assert made.running == ()
    assert len(made.services) == len(made.sites) == len(made.records) == 5


def test_certificates_of_ones_own_are_fine_anywhere() -> None:
    made = topology("prod", {"certificates": "internal", "proxy/email": REMOVED, "sites/0/host": "mkt.localhost"})
    assert made.proxy.certificates is Certificates.INTERNAL


@pytest.mark.parametrize(
    "patch",
    [
        {"services/n8n/image": "docker.n8n.io/n8nio/n8n:2.41.6@sha256:" + "1" * 64},
        {"services/n8n/memory": "2GiB"},
        {"services/n8n/environment": {"GENERIC_TIMEZONE": "UTC"}},
        {"services/n8n/command": ["start"]},
        {"services/n8n/health": {"liveness": "/"}},
        {"services/n8n/direct-port": 15678},
        {"services/n8n/secrets": {"A": {"secret": "n8n-encryption-key"}}},
        {"sites/1/host": "n8n.smarterbot.cl"},
        {"services/n8n/rollout": {"stop": "1m"}},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_the_release_changes_with_what_the_container_is_made_of(patch: Patch) -> None:
    before, after = topology("prod"), topology("prod", patch)
    changed = [old.name for old, new in zip(before.services, after.services, strict=True) if old.release != new.release]
    assert changed == ["n8n"]


@pytest.mark.parametrize(
    "patch",
    [
        {"services/n8n/rollout": {"start": "1m", "settle": "1s", "drain": "1s", "hold": "1s"}},
        {"services/n8n/enabled": True},
        {"sites/5": {"host": "webhooks.smarterbot.cl", "service": "n8n", "open": True}},
        {"proxy/memory": "512MiB"},
        {"certificates": "lets-encrypt-staging"},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_the_release_stays_with_everything_else(patch: Patch) -> None:
    before, after = topology("prod"), topology("prod", patch)
    assert [service.release for service in before.services] == [service.release for service in after.services]


def test_a_rotated_secret_changes_the_release() -> None:
    rotated = {**SECRETS, "n8n-encryption-key": Secret.of("another key, long enough")}
    assert n8n("prod").release != n8n("prod", secrets=rotated).release


def test_orders_are_those_of_the_catalog() -> None:
    orders = {service.name: service.rollout.order for service in topology("prod").services}
    assert orders.pop("smarteros-blogbowl") is orders.pop("n8n-runners") is Order.ROLLING
    assert set(orders.values()) == {Order.RECREATE}


def test_without_a_word_records_are_made_by_hand_and_the_proxy_listens_on_ipv4() -> None:
    made = topology("prod")
    assert made.dns is None
    assert made.proxy.bind_address6 is None
    assert {(record.type, record.content, record.proxied) for record in made.records} == {("A", "203.0.113.10", False)}


def test_a_zone_and_what_is_taken_over_in_it() -> None:
    dns = topology("prod", CLOUDFLARE | {"dns/adopt": ["MKT.smarterbot.cl"]}).dns
    assert dns == DnsSpec(zone=ZONE, adopt=(Hostname("mkt.smarterbot.cl"),))


def test_a_site_has_its_own_word_about_cloudflares_proxy() -> None:
    made = topology("prod", CLOUDFLARE | {"dns/proxied": True, "sites/1/proxied": False})
    assert [record.proxied for record in made.records] == [True, False, True, True, True]


def test_ipv6_gives_each_site_a_second_record_and_the_proxy_a_second_address() -> None:
    made = topology("prod", {"host/address6": "2001:DB8:0::10", "dns": {"ipv6": True}})
    assert [(record.type, record.content) for record in made.records[:2]] == [
        ("A", "203.0.113.10"),
        ("AAAA", "2001:db8::10"),
    ]
    assert len(made.records) == 2 * len(made.sites)
    assert made.proxy.bind_address6 == "::"
    assert topology("prod", {"host/address6": "2001:db8::10"}).records == topology("prod").records


def test_a_topology_is_frozen() -> None:
    made: Any = topology("dev")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.stack = "prod"
