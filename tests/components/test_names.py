"""Every resource that the program registers is known by the part of the stack that it belongs to."""

from __future__ import annotations

import pytest

from components.host import FoundNetwork
from config.topology.model import Topology
from host import names
from host.names import Part, Role, part_of
from operate.engine.failures import failures
from tests.components import test_dns
from tests.components.recording import Recording, record
from tests.config.checks.test_wrong_backup import S3, SET
from tests.config.render.watch.stacks import ALL, PINNED, WATCH_SECRETS, watched
from tests.config.stacks import CLOUDFLARE, SECRETS, VALUES, Patch, patched, raw, topology

# Loading Cloudflare's SDK uses its own old names.
pytestmark = pytest.mark.filterwarnings("ignore:cloudflare.index/:DeprecationWarning")

WHOLE = {"pulumi:pulumi:Stack", "smarter-net:components:Platform"}
TYPES = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str) and ":" in value}
IPV6: Patch = {"host/address6": "2001:db8::10", "dns/ipv6": True}
WITHOUT_FIREWALL: Patch = {"firewall": {}}
TIMER: Patch = {"backup": {"to": S3, "at": "03:15 America/Santiago"}}
WATCHED: Patch = ALL | PINNED
GIVEN = {name: f"{name} of the tests" for name in WATCH_SECRETS}
KEYS = {name: f"{name} of the tests" for name in SET}
Recorded = tuple[Recording, Topology]


STACKS = (
    "dev",
    "prod",
    "prod with records",
    "prod without a firewall",
    "prod with a timer",
    "prod, watched",
    "dev, adopted",
)


@pytest.fixture(scope="module", params=STACKS)
def recorded(request: pytest.FixtureRequest) -> Recorded:  # noqa: PLR0911  one a stack
    """The program of a stack, and its topology."""
    match request.param:
        case "dev":
            return record("dev", raw("dev"), VALUES), topology("dev")
        case "prod":
            return record("prod", raw("prod"), VALUES), topology("prod")
        case "prod with records":
            return test_dns.run(IPV6), topology("prod", CLOUDFLARE | IPV6)
        case "prod without a firewall":
            return record("prod", patched("prod", WITHOUT_FIREWALL), VALUES), topology("prod", WITHOUT_FIREWALL)
        case "prod with a timer":
            return record("prod", patched("prod", TIMER), VALUES | KEYS), topology("prod", TIMER, SECRETS | SET)
        case "prod, watched":
            return record("prod", patched("prod", WATCHED), GIVEN | VALUES), watched()
    return record("dev", raw("dev"), VALUES, FoundNetwork("0123", stack="")), topology("dev")


def parts(made: Topology) -> set[str]:
    services = {service.name for service in made.running}
    return {*services, made.proxy.name, *(str(site.host) for site in made.sites), *Part}


def test_each_belongs_to_a_part_that_an_operator_knows(recorded: Recorded) -> None:
    recording, made = recorded
    found = {each.name: part_of(each.name, made) for each in recording.registrations if each.type not in WHOLE}
    assert {name: part for name, part in found.items() if part not in parts(made)} == {}


def test_a_failure_of_each_begins_with_that_part(recorded: Recorded) -> None:
    recording, made = recorded
    for each in recording.registrations:
        if each.type not in WHOLE:
            urn = f"urn:pulumi:{made.stack}::smarter-net::x${each.type}::{each.name}"
            event = {"diagnosticEvent": {"severity": "error", "urn": urn, "message": "something went wrong"}}
            (line,) = failures([event], made)
            assert line.split(": ", 1)[0] in parts(made), line


def test_each_type_stands_in_the_list(recorded: Recorded) -> None:
    recording, _ = recorded
    engine = {each.type for each in recording.registrations if not each.type.startswith("smarter-net:")} - WHOLE
    assert engine - TYPES == {"pulumi:providers:cloudflare"} & engine


def test_each_role_is_one_of_a_resource() -> None:
    found = set()
    for stack, patch in (("dev", None), ("prod", None), ("prod", WITHOUT_FIREWALL), ("prod", TIMER), ("prod", WATCHED)):
        settings = patched(stack, patch or {})
        found |= {each.name for each in record(stack, settings, GIVEN | VALUES | KEYS).registrations}
    found |= {each.name for each in test_dns.run().registrations}
    unused = {role for role in Role if not any(name.endswith(f"-{role}") or f"-{role}-" in name for name in found)}
    assert unused == set()
