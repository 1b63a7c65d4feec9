"""The sites' records, by the real engine and its Cloudflare plugin, against an API on loopback. No server is needed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from config.topology.records import IN_STATE
from operate.engine.pulumi import records_in
from operate.engine.state import State
from tests.rig.internet.cloudflare import TOKEN, ZONE, Cloudflare, broken, too_many
from tests.rig.plan import done, planned, unchanged
from tests.rig.project import REPOSITORY, Project
from tests.rig.skip import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# It begins as the project's own: what the engine interrupts says nothing.
PROGRAM = (
    (REPOSITORY / "__main__.py").read_text().partition("from components")[0]
    + """
from components.dns import Dns
from components.stack import load_topology

topology = load_topology()
Dns("dns", topology, topology.dns, pulumi.Config("secret").require_secret)
"""
)
pytestmark = pytest.mark.drawn(3, "days", whole=True)
MKT, AI = "mkt.smarterbot.store", "ai.smarterbot.store"
SERVER, ELSEWHERE = "192.0.2.10", "198.51.100.7"
MARK = "managed by smarter-net, stack dev"
SETTINGS = {
    "smarter-net:host": {
        "connection": "ssh", "address": SERVER, "address6": "2001:db8::10",
        "host-key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    },
    "smarter-net:certificates": "internal",
    "smarter-net:proxy": {"image": f"caddy:2.11.4@sha256:{'0' * 64}"},
    "smarter-net:sites": [{"host": MKT, "service": "smarteros-blogbowl"}, {"host": AI, "service": "nexa-runtime"}],
    "smarter-net:services": {
        name: {"enabled": False} for name in ("smarteros-blogbowl", "n8n", "metabase", "nexa-runtime", "dokploy")
    },
}  # fmt: skip


@pytest.fixture
def api() -> Cloudflare:
    return Cloudflare("smarterbot.store")


@pytest.fixture
def stack(api: Cloudflare, tmp_path: Path) -> Iterator[Project]:
    """A project whose program makes nothing but records."""
    if not shutil.which("pulumi"):
        skip_or_fail("needs pulumi; `make test` provides it")
    project = Project(tmp_path / "p", docker_host="unix:///nowhere")
    (project.folder / "__main__.py").unlink()
    (project.folder / "__main__.py").write_text(PROGRAM)
    dns(project)
    with api.listening() as address:
        project.environment["CLOUDFLARE_BASE_URL"] = address
        assert project.pulumi("stack", "select", "--create").returncode == 0
        project.set_secret("cloudflare-api-token", TOKEN)
        yield project


def dns(project: Project, **settings: object) -> None:
    """Make these the stack's DNS settings, beside provider and zone, and keep its secret."""
    kept = project.read().get("config", {})
    secrets = {key: value for key, value in kept.items() if key.startswith("secret:")}
    own = {"provider": "cloudflare", "zone": ZONE, **settings}
    project.write({**SETTINGS, **secrets, "smarter-net:dns": own})


def as_make(project: Project) -> None:
    """Tell the program what `make` tells it. (`make` itself needs the server.)"""
    exported = json.loads(project.pulumi("stack", "export").stdout)
    project.environment[IN_STATE] = records_in(State.of(exported.get("deployment") or {}))


def up(project: Project, *options: str) -> str:
    """A run that has to end well; what it said."""
    result = project.pulumi("up", "--yes", "--skip-preview", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(project: Project) -> str:
    """The one line of a run that ends before it changes anything."""
    result = project.pulumi("up", "--yes")
    # Known: a program that the engine interrupts before its first line, on a busy machine, shows the host's traceback.
    if "KeyboardInterrupt" in result.stdout + result.stderr:
        result = project.pulumi("up", "--yes")
    said = result.stdout + result.stderr
    assert result.returncode != 0, said
    assert "Traceback" not in said
    return said


def contents(api: Cloudflare) -> dict[str, str]:
    return {f"{record['name']} {record['type']}": record["content"] for record in api.records.values()}


def test_records_are_made_once_and_go_with_their_site(stack: Project, api: Cloudflare) -> None:
    assert planned(stack) == {
        name: "create" for name in ("p-dev", "dns", "dns-cloudflare", f"{MKT}-A", f"{AI}-A") if name != "p-dev"
    } | {"smarter-net-dev": "create"}
    assert api.changes() == []

    up(stack)
    assert contents(api) == {f"{MKT} A": SERVER, f"{AI} A": SERVER}
    for record in api.records.values():
        assert (record["ttl"], record["proxied"], record["comment"]) == (1, False, MARK)

    result = stack.pulumi("up", "--yes", "--refresh")
    assert unchanged(result), result.stdout
    assert api.changes() == ["POST", "POST"]

    settings = stack.read()["config"]
    settings["smarter-net:sites"] = settings["smarter-net:sites"][:1]
    stack.write(settings)
    up(stack)
    assert contents(api) == {f"{MKT} A": SERVER}
    assert TOKEN not in "".join(path.read_text() for path in stack.folder.rglob("state/engine/**/*.json"))


def test_ipv6_and_cloudflares_proxy_come_with_one_word_each_and_without_a_gap(stack: Project, api: Cloudflare) -> None:
    up(stack)
    before = set(api.records)
    dns(stack, ipv6=True, proxied=True)
    up(stack)
    assert before < set(api.records)
    assert all(record["proxied"] for record in api.records.values())
    assert contents(api)[f"{MKT} AAAA"] == "2001:db8::10"
    assert "DELETE" not in api.changes()


def test_what_was_changed_by_hand_is_found_and_set_back(stack: Project, api: Cloudflare) -> None:
    up(stack)
    (record,) = api.found(MKT)
    record |= {"content": ELSEWHERE, "proxied": True}
    (gone,) = api.found(AI)
    del api.records[gone["id"]]

    assert planned(stack, "--refresh") == {f"{MKT}-A": "update", f"{AI}-A": "create"}
    up(stack, "--refresh")
    assert contents(api) == {f"{MKT} A": SERVER, f"{AI} A": SERVER}
    assert api.found(MKT)[0]["id"] == record["id"]


def test_a_comment_changed_by_hand_does_not_make_a_record_a_strangers(stack: Project, api: Cloudflare) -> None:
    up(stack)
    (record,) = api.found(MKT)
    record["comment"] = "do not touch"
    up(stack, "--refresh")
    assert [(found["id"], found["comment"]) for found in api.found(MKT)] == [(record["id"], MARK)]


def test_a_record_from_before_is_in_the_way_until_it_is_taken_over(stack: Project, api: Cloudflare) -> None:
    id_ = api.add(MKT, ELSEWHERE, comment="by hand")
    said = refused(stack)
    assert f"dns.adopt: {MKT} has a record A {ELSEWHERE} that is not this stack's; add {MKT} to take it over" in said
    assert api.changes() == []

    dns(stack, adopt=[MKT])
    assert f"dns.adopt: {MKT}-A can be taken over by `make up` alone" in refused(stack)
    assert api.changes() == []

    as_make(stack)
    plan = stack.pulumi("preview", "--diff").stdout
    assert "import" in plan
    assert ELSEWHERE in plan, plan
    assert SERVER in plan
    up(stack)
    (record,) = api.found(MKT)
    assert (record["id"], record["content"], record["ttl"], record["comment"]) == (id_, SERVER, 1, MARK)
    assert sorted(api.changes()) == ["POST", "PUT"]
    assert unchanged(stack.pulumi("up", "--yes", "--refresh"))


def test_what_was_taken_over_is_kept_while_it_is_listed_and_belongs_to_the_stack_after(
    stack: Project, api: Cloudflare
) -> None:
    id_ = api.add(MKT, ELSEWHERE)
    dns(stack, adopt=[MKT])
    as_make(stack)
    up(stack)
    assert stack.pulumi("destroy", "--yes").returncode == 0
    assert contents(api) == {f"{MKT} A": SERVER}

    api.records[id_]["comment"] = None
    as_make(stack)
    up(stack)
    dns(stack)
    up(stack)
    assert stack.pulumi("destroy", "--yes").returncode == 0
    assert api.records == {}


def test_a_record_that_a_lost_state_knew_is_taken_over(stack: Project, api: Cloudflare) -> None:
    id_ = api.add(MKT, SERVER, comment=MARK)
    said = refused(stack)
    assert "An identical record already exists. (code 81058)" in said
    dns(stack, adopt=[MKT])
    as_make(stack)
    up(stack)
    assert [found["id"] for found in api.found(MKT)] == [id_]


def test_a_record_of_the_stacks_own_that_is_listed_by_mistake_is_not_deleted(stack: Project, api: Cloudflare) -> None:
    up(stack)
    (record,) = api.found(MKT)
    record["comment"] = "do not touch"
    dns(stack, adopt=[MKT])
    as_make(stack)
    up(stack, "--refresh")
    assert [(found["id"], found["comment"]) for found in api.found(MKT)] == [(record["id"], MARK)]


def test_a_busy_or_broken_api_is_asked_again(stack: Project, api: Cloudflare) -> None:
    api.faults = [too_many(), broken()]
    assert done_created(stack) == 5
    assert contents(api) == {f"{MKT} A": SERVER, f"{AI} A": SERVER}
    assert api.changes() == ["POST"] * 4


def done_created(project: Project) -> int:
    """How many resources a run made."""
    result = project.pulumi("up", "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    return done(result)["created"]


def test_a_wrong_token_is_one_line_before_anything_is_changed(stack: Project, api: Cloudflare) -> None:
    api.token = "another"
    said = refused(stack)
    assert "secret:cloudflare-api-token: Cloudflare refuses it" in said
    assert "Invalid access token, code 9109" in said
    assert TOKEN not in said
    assert api.changes() == []


def test_a_wrong_zone_is_one_line(stack: Project, api: Cloudflare) -> None:
    dns(stack, zone="f" * 32)
    assert "dns.zone: Cloudflare knows no such zone (Could not route to " in refused(stack)
    dns(stack)
    api.zone_name = "smarterbot.cl"
    assert f"dns.zone: is smarterbot.cl, and {AI} is not in it" in refused(stack)
    assert api.changes() == []
