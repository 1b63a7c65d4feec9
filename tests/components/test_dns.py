"""The records of a stack with a zone, and none without."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any
from unittest import mock

import pulumi
import pytest

from clients import cloudflare
from clients.cloudflare import Unavailable
from config.topology.records import IN_STATE, Found, Zone
from config.values.errors import StackError
from host.names import COMMAND, CONTAINER, RECORD
from tests.components.recording import Recording, Secret, record
from tests.config.stacks import CLOUDFLARE, ROOT, VALUES, ZONE, Patch, patched

# Loading the SDK uses its own old names.
pytestmark = pytest.mark.filterwarnings("ignore:cloudflare.index/:DeprecationWarning")

TOKEN = "0123456789_abcdefghij-0123456789ABCDEFGHIJ"
SECRETS = {**VALUES, "cloudflare-api-token": TOKEN}
EMPTY = Zone(name="smarterbot.cl", records=())
FOREIGN = Found(id="r1", name="mkt.smarterbot.cl", type="A", content="198.51.100.7", comment=None, proxied=False)
THERE = Zone(name="smarterbot.cl", records=(FOREIGN,))
LISTED: Patch = {"dns/adopt": ["mkt.smarterbot.cl"]}


def run(patch: Patch | None = None, zone: Zone | Exception = EMPTY) -> Recording:
    """The production stack with a zone like that."""
    answer: dict[str, Any] = {"side_effect": zone} if isinstance(zone, Exception) else {"return_value": zone}
    with mock.patch.object(cloudflare, "look", **answer) as asked:
        recording = record("prod", patched("prod", CLOUDFLARE | (patch or {})), SECRETS)
    asked.assert_called_once_with(ZONE, TOKEN)
    return recording


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run()


def test_every_site_has_its_record(prod: Recording) -> None:
    records = prod.of(RECORD)
    hosts = [f"{name}.smarterbot.cl" for name in ("mkt", "api", "kpi", "ai", "dash")]
    # In no order: the engine is asked for all of them at once.
    assert set(records) == {f"{host}-A" for host in hosts}
    for host in hosts:
        assert records[f"{host}-A"].inputs == {
            "zoneId": ZONE,
            "name": host,
            "type": "A",
            "content": "203.0.113.10",
            "ttl": 1.0,
            "proxied": False,
            "comment": "managed by smarter-net, stack prod",
        }


def test_the_token_is_a_secret_of_the_only_provider(prod: Recording) -> None:
    (provider,) = prod.of("pulumi:providers:cloudflare").values()
    assert provider.inputs["apiToken"] == Secret(TOKEN)
    assert TOKEN not in prod.text()
    assert all("::dns-cloudflare::" in found.request.provider for found in prod.of(RECORD).values())


def test_ipv6_gives_records_and_a_proxy_that_listens() -> None:
    recording = run({"host/address6": "2001:db8::10", "dns/ipv6": True})
    assert recording.of(RECORD)["mkt.smarterbot.cl-AAAA"].inputs["content"] == "2001:db8::10"
    published = recording.of(CONTAINER)["caddy-proxy"].inputs["ports"]
    assert [(port["external"], port["ip"]) for port in published] == [
        (80, "0.0.0.0"), (80, "::"), (443, "0.0.0.0"), (443, "::"),
    ]  # fmt: skip
    asked = json.loads(str(recording.of(COMMAND)["caddy-proxy-preflight"].inputs["stdin"]))
    assert ["[::]", 443, 443] in asked["listen"]


def test_nothing_is_imported_replaced_first_or_kept_unasked(prod: Recording) -> None:
    for found in prod.of(RECORD).values():
        assert found.request.importId == ""
        assert found.request.deleteBeforeReplaceDefined
        assert not found.request.deleteBeforeReplace
        assert not found.request.retainOnDelete


def test_the_proxy_asks_for_certificates_once_the_records_are_there(prod: Recording) -> None:
    after = set(prod.of(COMMAND)["caddy-proxy-config"].request.dependencies)
    records = {urn for urn in after if f"${RECORD}::" in urn}
    assert len(records) == len(prod.of(RECORD)) == 5


@pytest.mark.parametrize(
    ("in_state", "expected"), [("", {"mkt.smarterbot.cl-A": f"{ZONE}/r1"}), ("ai.x-A mkt.smarterbot.cl-A", {})]
)
def test_what_is_listed_is_imported_unless_the_state_has_it_and_never_deleted(
    monkeypatch: pytest.MonkeyPatch, in_state: str, expected: dict[str, str]
) -> None:
    monkeypatch.setenv(IN_STATE, in_state)
    records = run(LISTED, THERE).of(RECORD)
    assert {name: found.request.importId for name, found in records.items() if found.request.importId} == expected
    assert [name for name, found in records.items() if found.request.retainOnDelete] == ["mkt.smarterbot.cl-A"]


def test_nothing_is_imported_by_whoever_does_not_know_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IN_STATE, raising=False)
    with pytest.raises(pulumi.RunError, match=r"^dns\.adopt: mkt\.smarterbot\.cl-A .* by `make up` alone"):
        run(LISTED, THERE)


def test_what_has_been_taken_over_needs_no_knowledge_of_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IN_STATE, raising=False)
    ours = replace(FOREIGN, comment="managed by smarter-net, stack prod")
    records = run(LISTED, Zone(name="smarterbot.cl", records=(ours,))).of(RECORD)
    assert not any(found.request.importId for found in records.values())


def test_a_strangers_record_ends_the_run_with_one_line() -> None:
    with pytest.raises(pulumi.RunError, match=r"^dns\.adopt: mkt\.smarterbot\.cl has a record A .*at Cloudflare$"):
        run(zone=THERE)


def test_a_refused_token_ends_the_run_with_one_line() -> None:
    with pytest.raises(pulumi.RunError, match=r"^secret:x: is wrong; cure it$"):
        run(zone=StackError("secret:x", "is wrong", "cure it"))


def test_a_run_goes_on_while_cloudflare_does_not_answer() -> None:
    assert len(run(zone=Unavailable("Cloudflare does not answer (x)")).of(RECORD)) == 5


def test_without_a_zone_there_is_no_record_and_no_question() -> None:
    with mock.patch.object(cloudflare, "look") as asked:
        recording = record("prod", patched("prod", {}), SECRETS)
    assert not recording.of(RECORD)
    assert not recording.of("smarter-net:components:Dns")
    assert not recording.of("pulumi:providers:cloudflare")
    asked.assert_not_called()


def test_cloudflares_sdk_which_takes_two_seconds_to_load_is_left_alone_until_there_is_a_zone() -> None:
    program = "import sys, components.platform; print(*({'pulumi_docker', 'pulumi_cloudflare'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "pulumi_docker\n"


def test_the_outputs_list_what_is_to_be_made_by_hand() -> None:
    outputs: dict[str, Any] = {}
    with mock.patch.object(pulumi, "export", outputs.__setitem__):
        record("prod", patched("prod", {}), SECRETS)
    assert outputs["records"][0] == {"name": "mkt.smarterbot.cl", "type": "A", "content": "203.0.113.10"}
    assert len(outputs["records"]) == 5
