"""What a plan changes, in words a reviewer reads in ten seconds; and no secret's value in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.render import caddy, nftables
from host.names import COMMAND, CONTAINER, RECORD, VOLUME
from operate.engine.changes import changes, steps
from tests.config.stacks import REMOVED, Patch, topology

if TYPE_CHECKING:
    from collections.abc import Iterable

JSON = dict[str, Any]
OLD_IMAGE = f"docker.n8n.io/n8nio/n8n:2.41.6@sha256:{'a' * 64}"
N8N: JSON = {
    "image": OLD_IMAGE,
    "memory": 512,
    "envs": ["GENERIC_TIMEZONE=America/Santiago", "RELEASE=1111111", "[secret]"],
    "labels": [{"label": "smarter-net.release", "value": "1111111"}],
}


def event(kind: str, name: str, old: JSON | None, new: JSON | None, *keys: str, op: str = "update") -> JSON:
    """As the engine writes it into its event log."""
    urn = f"urn:pulumi:prod::smarter-net::{kind}::{name}"
    state = {"type": kind, "urn": urn}
    return {
        "resourcePreEvent": {
            "metadata": {
                "op": op,
                "urn": urn,
                "type": kind,
                "old": None if old is None else {**state, "inputs": old},
                "new": None if new is None else {**state, "inputs": new},
                "detailedDiff": {key: {"kind": "update"} for key in keys} or None,
            }
        }
    }


def said(events: Iterable[JSON]) -> list[str]:
    return [f"{change.mark} {change.text}" for change in changes(steps(events))]


def n8n(*keys: str, **new: object) -> list[str]:
    """What is said of a container that is made again with these inputs."""
    after = {**N8N, **new}
    return said(
        [
            event(CONTAINER, "n8n", N8N, after, *keys, op="create-replacement"),
            event(CONTAINER, "n8n", N8N, after, *keys, op="replace"),
            event(CONTAINER, "n8n", N8N, None, op="delete-replaced"),
        ]
    )


def proxy(before: Patch | None, after: Patch, stack: str = "prod") -> list[str]:
    old = None if before is None else {"stdin": caddy.render(topology(stack, before))}
    new = {"stdin": caddy.render(topology(stack, after))}
    return said([event(COMMAND, "caddy-proxy-config", old, new, "stdin", op="update" if old else "create")])


def wall(before: Patch, after: Patch) -> list[str]:
    old, new = (topology("prod", patch).firewall for patch in (before, after))
    assert old
    assert new
    rulesets = ({"stdin": nftables.render(old)}, {"stdin": nftables.render(new)})
    return said([event(COMMAND, "firewall-ruleset", *rulesets, "stdin")])


def test_an_image_says_from_what_to_what() -> None:
    assert n8n("image", image=OLD_IMAGE.replace("2.41.6", "2.42.0")) == [
        "~ n8n: image docker.n8n.io/n8nio/n8n:2.41.6 → 2.42.0"
    ]
    assert n8n("image", image="ghcr.io/own/n8n:1") == [
        "~ n8n: image docker.n8n.io/n8nio/n8n:2.41.6 → ghcr.io/own/n8n:1"
    ]
    assert n8n("image", image=OLD_IMAGE.replace("a" * 64, "b" * 64)) == [
        "~ n8n: image docker.n8n.io/n8nio/n8n:2.41.6: digest aaaaaaaaaaaa → digest bbbbbbbbbbbb"
    ]


def test_memory_and_variables_say_from_what_to_what() -> None:
    variables = ["GENERIC_TIMEZONE=UTC", "N8N_DIAGNOSTICS_ENABLED=false", "RELEASE=2222222", "[secret]"]
    assert n8n("memory", "envs", memory=1024, envs=variables) == [
        "~ n8n: memory 512 MiB → 1024 MiB",
        "~ n8n: variable GENERIC_TIMEZONE America/Santiago → UTC",
        "~ n8n: variable N8N_DIAGNOSTICS_ENABLED is set to false",
    ]
    assert n8n("envs", envs=["RELEASE=2222222", "[secret]"]) == [
        "~ n8n: variable GENERIC_TIMEZONE is unset, was America/Santiago"
    ]


def test_what_is_not_shown_is_named() -> None:
    assert n8n("healthcheck", healthcheck={"tests": ["CMD", "x"]}) == ["~ n8n: other health check"]
    assert n8n("uploads") == ["~ n8n: a secret file has new content"]
    rotated = ["GENERIC_TIMEZONE=America/Santiago", "RELEASE=2222222", "[secret]"]
    assert n8n("envs", envs=rotated) == ["~ n8n: a secret variable has a new value"]
    assert n8n("labels") == ["~ n8n: is recreated, with the same settings"]


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD", "SMTP_PASS", "API_KEY", "apikey", "N8N_ENCRYPTION_KEY", "GH_TOKEN", "CLIENT_SECRET", "SENTRY_DSN"],
)
def test_a_value_whose_name_says_that_it_is_secret_is_not_shown(name: str) -> None:
    kept = ["GENERIC_TIMEZONE=America/Santiago", "[secret]"]
    given = n8n("envs", envs=[*kept, f"{name}=hunter22"])
    assert given == [f"~ n8n: variable {name} is set"]
    before = {**N8N, "envs": [*kept, f"{name}=hunter22"]}
    after = {**N8N, "envs": [*kept, f"{name}=hunter23"]}
    assert said([event(CONTAINER, "n8n", before, after, "envs")]) == [f"~ n8n: variable {name} has a new value"]
    assert said([event(CONTAINER, "n8n", before, N8N, "envs")]) == [f"~ n8n: variable {name} is unset"]


def test_a_password_in_an_address_is_not_shown_either() -> None:
    given = n8n("envs", envs=[*N8N["envs"], "DATABASE_URL=postgres://n8n:hunter22@db/n8n"])
    assert given == ["~ n8n: variable DATABASE_URL is set"]


@given(st.text(), st.text())
def test_a_value_is_one_line_of_bounded_length(before: str, after: str) -> None:
    old, new = ({**N8N, "envs": [f"NOTE={value}"]} for value in (before, after))
    for line in said([event(CONTAINER, "n8n", old, new, "envs")]):
        assert len(line.splitlines()) == 1
        assert len(line) < 200


def test_a_service_that_comes_or_goes() -> None:
    assert said([event(CONTAINER, "n8n", None, N8N, op="create")]) == [
        "+ n8n: starts for the first time: docker.n8n.io/n8nio/n8n:2.41.6, 512 MiB"
    ]
    assert said([event(CONTAINER, "n8n", N8N, None, op="delete")]) == [
        "- n8n: is removed (docker.n8n.io/n8nio/n8n:2.41.6); its data stays"
    ]
    assert said([event(VOLUME, "n8n-data", {"name": "n8n-data"}, None, op="delete")]) == [
        "- volume n8n-data: is no more of the stack; it stays on the host with its data"
    ]


def test_the_sites_of_a_first_run_are_listed_with_who_is_let_in() -> None:
    lines = proxy(None, {"sites/0/allow-from": ["203.0.113.0/24"]})
    assert "+ site mkt.smarterbot.cl: opens → smarteros-blogbowl, for 203.0.113.0/24 alone" in lines
    assert "+ site api.smarterbot.cl: opens → n8n, with a password (ops)" in "\n".join(lines)
    assert "+ site ai.smarterbot.cl: opens → nexa-runtime, only planned: it answers 503" in lines
    assert len(lines) == 5


def test_a_site_whose_service_is_stopped_says_so() -> None:
    (line,) = proxy({}, {"services/metabase/stopped": True})
    before, after = line.removeprefix("~ site kpi.smarterbot.cl: ").split(" → ")
    assert before == "metabase, with a password (ops)"
    assert after == "metabase, stopped: it answers 503, with a password (ops)"
    port: Patch = {"services/smarteros-blogbowl/direct-port": 3002}
    stopped = proxy(port, {**port, "services/smarteros-blogbowl/stopped": True})
    assert any(line.startswith("~ port 3002: ") and line.endswith(" → stopped: it answers 503") for line in stopped)


def test_a_site_that_opens_closes_or_lets_in_others() -> None:
    extra = {"sites/5": {"host": "www.smarterbot.cl", "service": "smarteros-blogbowl"}}
    assert proxy({}, extra) == ["+ site www.smarterbot.cl: opens → smarteros-blogbowl"]
    redirect = {"sites/5": {"host": "www.smarterbot.cl", "redirect-to": "mkt.smarterbot.cl"}}
    assert proxy({}, redirect) == ["+ site www.smarterbot.cl: opens → redirect to https://mkt.smarterbot.cl"]
    assert proxy(extra, {}) == ["- site www.smarterbot.cl: closes (was smarteros-blogbowl)"]
    assert proxy({}, {"sites/2/basic-auth": REMOVED, "sites/2/open": True}) == [
        "~ site kpi.smarterbot.cl: metabase, with a password (ops) → metabase"
    ]


def test_what_visitors_notice_of_a_site_that_closes_or_opens_is_said() -> None:
    def noticed(before: Patch, after: Patch) -> list[tuple[str, str]]:
        old, new = ({"stdin": caddy.render(topology("prod", patch))} for patch in (before, after))
        made = changes(steps([event(COMMAND, "caddy-proxy-config", old, new)]))
        return [(change.subject, change.visitors) for change in made if change.visitors]

    stopped: Patch = {"services/smarteros-blogbowl/stopped": True}
    maintained: Patch = {"sites/0/maintenance": {}}
    extra: Patch = {"sites/5": {"host": "www.smarterbot.cl", "service": "smarteros-blogbowl"}}
    assert noticed({}, stopped) == [("site mkt.smarterbot.cl", "answers 503 from then on")]
    assert noticed({}, maintained) == [("site mkt.smarterbot.cl", "answers 503 from then on")]
    assert noticed(maintained, {}) == [("site mkt.smarterbot.cl", "is open from then on")]
    assert noticed(extra, {}) == [("site www.smarterbot.cl", "nothing answers there from then on")]
    assert noticed({}, {"sites/0/max-body": "1MiB"}) == []


def test_another_config_for_the_same_sites_says_so() -> None:
    assert proxy({}, {"services/n8n/rollout/hold": "45s"}) == [
        "~ proxy: new config; the same sites for the same visitors"
    ]
    assert proxy({}, {"services/n8n/environment": {"A": "b"}}) == []


def test_a_port_beside_the_proxys() -> None:
    assert proxy({}, {"services/smarteros-blogbowl/direct-port": 3002}) == [
        "+ port 3002: opens → smarteros-blogbowl, past its sites' passwords"
    ]


def test_the_firewall_says_whom_it_lets_in() -> None:
    before = {"firewall/ssh-from": ["203.0.113.5"]}
    after = {"firewall/ssh-from": ["203.0.113.6", "2001:db8::/64"], "firewall/interfaces": ["wg0"]}
    assert wall(before, after) == [
        "+ firewall interfaces: lets in wg0",
        "+ firewall ssh-from: lets in 2001:db8::/64",
        "+ firewall ssh-from: lets in 203.0.113.6/32",
        "- firewall ssh-from: no longer lets in 203.0.113.5/32",
    ]
    assert wall(before, before) == []


def test_the_firewall_says_that_containers_reach_the_server_no_longer() -> None:
    firewall = topology("prod").firewall
    assert firewall is not None
    new = nftables.render(firewall)
    older = new.replace("jump containers", "accept")
    assert said([event(COMMAND, "firewall-ruleset", {"stdin": older}, {"stdin": new}, "stdin")]) == [
        "- firewall Docker's bridges: no longer lets in containers to all that listens on the server"
    ]


def test_records_say_where_names_lead() -> None:
    old = {"type": "A", "name": "mkt.example.org", "content": "192.0.2.1", "proxied": False}
    assert said([event(RECORD, "mkt-A", old, {**old, "content": "192.0.2.2", "proxied": True}, "content")]) == [
        "~ DNS A mkt.example.org: 192.0.2.1 → 192.0.2.2 through Cloudflare"
    ]
    assert said([event(RECORD, "mkt-A", None, old, op="create")]) == ["+ DNS A mkt.example.org: is made: 192.0.2.1"]
    assert said([event(RECORD, "mkt-A", old, None, op="delete")]) == [
        "- DNS A mkt.example.org: is removed (was 192.0.2.1)"
    ]


def test_a_rollouts_timings() -> None:
    old, new = ({"stdin": json.dumps({"service": "n8n", "order": order, "settle": settle, "settings": "{}"}) + "\n"}
                for order, settle in (("rolling", 10), ("recreate", 20)))  # fmt: skip
    # As it was recorded before.
    older = {"stdin": "service=n8n\norder=overlap\nsettle=10\nsettings={}\n"}
    for before in (old, older):
        assert said([event(COMMAND, "n8n-rollout", before, new, "stdin")]) == [
            "~ n8n: rollout order rolling → recreate",
            "~ n8n: rollout settle 10 s → 20 s",
        ]


def test_what_is_not_known_yet_is_not_compared() -> None:
    unknown = {"stdin": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    assert said([event(COMMAND, "n8n-rollout", {"stdin": "service=n8n\nsettle=10\n"}, unknown, "stdin")]) == []


def test_what_stays_is_not_mentioned() -> None:
    assert said([event(CONTAINER, "n8n", N8N, N8N, op="same"), {"diagnosticEvent": {}}, {}]) == []
