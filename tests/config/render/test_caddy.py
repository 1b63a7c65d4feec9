"""The proxy's config: as a golden file per stack, as Caddy itself judges it, and as properties of the text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.render.caddy import canonical, render
from config.topology.model import Certificates, Topology
from config.topology.service import Protocol
from tests.config.stacks import HASH, STACKS, topology

CADDY = Path(sys.prefix) / "bin" / "caddy"
GOLDEN = Path(__file__).parent / "golden"
PASSING_NOTHING_ON = {"redirect", "status"}
"""Servers without a service behind them."""


def config(stack: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render(topology(stack)))
    return parsed


def servers(stack: str) -> dict[str, Any]:
    return plain_servers(config(stack))


def plain_servers(config: dict[str, Any]) -> dict[str, Any]:
    """The servers without their last address and the routes that each has first, for its end and for headers."""
    return {
        name: {
            **server,
            "routes": server["routes"][1 if name in PASSING_NOTHING_ON else 3 :],
            "listen": server["listen"][:-1],
        }
        for name, server in config["apps"]["http"]["servers"].items()
    }


@pytest.mark.parametrize("stack", STACKS)
def test_the_config_is_the_one_in_the_golden_file(stack: str) -> None:
    """`GOLDEN=write pytest …` writes the files again; read the difference before you commit it."""
    path = GOLDEN / f"caddy.{stack}.json"
    pretty = json.dumps(config(stack), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(pretty)
    assert pretty == path.read_text()


@pytest.mark.parametrize("stack", STACKS)
def test_caddy_accepts_the_config(stack: str, tmp_path: Path) -> None:
    assert validate(render(topology(stack)), tmp_path).returncode == 0


def test_caddy_refuses_a_config_with_an_unknown_field(tmp_path: Path) -> None:
    """What makes the test above worth something."""
    broken = render(topology("dev")).replace('"try_duration"', '"try_duratoin"')
    result = validate(broken, tmp_path)
    assert result.returncode != 0
    assert "try_duratoin" in result.stderr


def validate(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Ask Caddy, with a storage that is thrown away: validating makes files there."""
    path = folder / "caddy.json"
    logins = folder / "logins"
    logins.mkdir()
    for file in re.findall(r"/etc/caddy/logins/([a-z0-9-]+)", text):
        (logins / file).write_text(HASH)
    path.write_text(
        text.replace("/root/letsencrypt", str(folder / "storage")).replace("/etc/caddy/logins", str(logins))
    )
    command = [str(CADDY), "validate", "--config", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_text_is_the_one_that_caddy_gives_back_after_loading() -> None:
    text = canonical({"b": "<a href='x'>&", "a": {"d": [1, True, None], "c": "é\u2028"}})
    assert text == '{"a":{"c":"é\\u2028","d":[1,true,null]},"b":"\\u003ca href=\'x\'\\u003e\\u0026"}\n'


@pytest.mark.parametrize("stack", STACKS)
def test_tls_has_both_bounds(stack: str) -> None:
    policies = servers(stack)["edge"]["tls_connection_policies"]
    assert policies == [{"protocol_min": "tls1.2", "protocol_max": "tls1.3"}]


@pytest.mark.parametrize(
    ("stack", "expected"), [("dev", False), ("staging", False), ("prod", True)], ids=["dev", "staging", "prod"]
)
def test_hsts_only_where_browsers_trust_the_certificate(stack: str, *, expected: bool) -> None:
    assert ("Strict-Transport-Security" in render(topology(stack))) is expected


@pytest.mark.parametrize("stack", STACKS)
def test_every_site_is_served_and_every_other_host_refused(stack: str) -> None:
    *sites, last = servers(stack)["edge"]["routes"]
    hosts = [route["match"][0]["host"][0] for route in sites]
    assert hosts == [str(site.host) for site in topology(stack).sites]
    assert last == {"handle": [{"handler": "static_response", "abort": True}]}
    assert servers(stack)["redirect"]["routes"][-1] == last


def test_the_redirect_names_the_published_port() -> None:
    location = servers("dev")["redirect"]["routes"][0]["handle"][0]["headers"]["Location"]
    assert location == ["https://{http.request.host}:8443{http.request.uri}"]
    location = servers("prod")["redirect"]["routes"][0]["handle"][0]["headers"]["Location"]
    assert location == ["https://{http.request.host}{http.request.uri}"]


def test_only_a_planned_service_answers_503_by_itself() -> None:
    routes = servers("prod")["edge"]["named_routes"]
    answers = {
        name: [inner["handle"][0] for inner in route["handle"][0].get("routes", [])] for name, route in routes.items()
    }
    closed = {name for name, inner in answers.items() if any("status_code" in each for each in inner)}
    assert closed == {"nexa-runtime"}
    for planned in answers["nexa-runtime"]:
        assert planned["status_code"] == 503
        assert planned["headers"]["Retry-After"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_address_of_a_copy_is_never_in_the_config(stack: str) -> None:
    text = render(topology(stack))
    for service in topology(stack).running:
        assert service.release not in text
        if service.protocol is Protocol.TCP:
            assert service.name not in text
            continue
        assert f'"dial":"{{file./etc/caddy/releases/{service.name}}}"' in text


@pytest.mark.parametrize("stack", STACKS)
def test_admin_and_status_are_not_on_the_network(stack: str) -> None:
    assert config(stack)["admin"]["listen"] == "unix//run/caddy/admin.sock|0600"
    assert servers(stack)["status"]["listen"] == ["127.0.0.1:2020"]


@pytest.mark.parametrize("stack", STACKS)
def test_every_server_drains_its_connections_before_it_goes(stack: str) -> None:
    found = config(stack)["apps"]["http"]
    assert found["shutdown_delay"] == "3s"
    other = json.loads(render(replace(topology(stack), sites=topology(stack).sites[:-1])))["apps"]["http"]["servers"]
    for name, server in found["servers"].items():
        closing = server["routes"][0]
        assert closing["match"][0]["vars"] == {"{http.shutting_down}": ["true"]}
        assert closing["handle"][0]["response"]["set"] == {"Connection": ["close"]}
        # Else Caddy takes a server for one that stays, and drops the delay.
        assert set(server["listen"]) - set(other.get(name, {"listen": []})["listen"])


def test_names_on_a_shared_port_are_told_apart_and_a_lone_one_needs_no_name() -> None:
    shared = servers("dev")["network-3000"]["routes"]
    assert [route["match"][0]["host"] for route in shared] == [["smarteros-blogbowl"], ["dokploy"]]
    (alone,) = servers("dev")["network-5678"]["routes"]
    assert "match" not in alone


def test_a_direct_port_is_listened_on_by_the_proxy() -> None:
    stack = topology("dev")
    changed = tuple(
        replace(service, direct_port=3002) if service.name == "smarteros-blogbowl" else service
        for service in stack.services
    )
    found = plain_servers(json.loads(render(replace(stack, services=changed))))["direct-3002"]
    assert found["listen"] == [":3002"]
    # No load shows it on this way: see `tests/real/test_next.py` for the others.
    assert found["enable_full_duplex"]
    (forward,) = found["routes"][0]["handle"][0]["routes"][0]["handle"]
    (upstream,) = forward["upstreams"]
    assert upstream["dial"] == "{file./etc/caddy/releases/smarteros-blogbowl}"


def with_certificates(stack: Topology, certificates: Certificates) -> dict[str, Any]:
    changed = replace(stack, proxy=replace(stack.proxy, certificates=certificates, email="ops@example.org"))
    policies: list[dict[str, Any]] = json.loads(render(changed))["apps"]["tls"]["automation"]["policies"]
    issuer: dict[str, Any] = policies[0]["issuers"][0]
    return issuer


def test_certificates_come_from_one_issuer_and_its_staging_is_one_word_away() -> None:
    real = with_certificates(topology("prod"), Certificates.LETS_ENCRYPT)
    staging = with_certificates(topology("prod"), Certificates.LETS_ENCRYPT_STAGING)
    assert real["module"] == staging["module"] == "acme"
    assert "staging" in staging["ca"]
    assert "staging" not in real["ca"]
    assert with_certificates(topology("prod"), Certificates.INTERNAL) == {"module": "internal"}
