"""What the state knows of a machine that is not the stack's any more, and the state without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from config.topology.model import LocalHost, SshHost
from host.names import COMMAND, CONTAINER, DOCKER_PROVIDER, HOST, RECORD, Part, docker_provider
from operate.engine.edited import without_host
from operate.engine.state import State
from operate.inspect.elsewhere import elsewhere, provider_of

if TYPE_CHECKING:
    from host.daemon import Daemon

OLD, NEW = "203.0.113.10", "203.0.113.20"
SERVER = SshHost(address=NEW, user="root", port=22, host_key="ssh-ed25519 AAAA")


class _Unasked:
    """The daemon of this machine, which nothing is known of."""

    identity = None


UNASKED = cast("Daemon", _Unasked())


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::smarter-net::{type_}::{name}"


def provider(address: str = "") -> dict[str, Any]:
    name = docker_provider(Part.HOST, address)
    return {"urn": urn(DOCKER_PROVIDER, name), "type": DOCKER_PROVIDER, "id": "p1", "custom": True}


def on(machine: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  as the state has it
    return {"urn": urn(CONTAINER, name), "type": CONTAINER, "id": name, "provider": f"{machine['urn']}::p1", **more}


RECORDED = {"urn": urn(RECORD, "mkt-A"), "type": RECORD, "id": "r1", "dependencies": [urn(CONTAINER, "n8n")]}
STATE = {
    "resources": [
        {"urn": urn(HOST, "host"), "type": HOST},
        provider(OLD),
        on(provider(OLD), "n8n"),
        {"urn": urn(COMMAND, "n8n-rollout"), "type": COMMAND, "id": "c1"},
        RECORDED,
    ]
}


def test_a_server_is_known_by_the_name_of_its_provider() -> None:
    assert elsewhere(State.of(STATE), SERVER, UNASKED) == {OLD}
    assert elsewhere(State.of(STATE), LocalHost(), UNASKED) == {OLD}
    assert elsewhere(State.of({"resources": [provider(NEW)]}), SERVER, UNASKED) == set()
    assert elsewhere(State.of({"resources": [provider()]}), SERVER, UNASKED) == {"local"}


def test_what_was_on_it_goes_and_the_records_stay() -> None:
    left = without_host(STATE, provider_of(OLD))["resources"]
    assert [found["type"] for found in left] == [HOST, RECORD]
    assert left[1]["dependencies"] == []


def test_another_servers_resources_stay() -> None:
    both = {"resources": [provider(OLD), on(provider(OLD), "n8n"), provider(NEW), on(provider(NEW), "metabase")]}
    assert {found["urn"].rsplit("::")[-1] for found in without_host(both, provider_of(OLD))["resources"]} == {
        docker_provider(Part.HOST, NEW), "metabase",
    }  # fmt: skip
