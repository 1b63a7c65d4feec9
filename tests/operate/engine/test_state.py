"""The engine's JSON as values, and what of it is compared with the host."""

from __future__ import annotations

from typing import Any

from host.docker_objects import Container, Image
from host.names import CONTAINER, VOLUME
from operate.engine.state import Address, Asked, Resource, State
from operate.inspect import containers
from tests.host.test_docker_objects import LABELS, SHOWN

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
INPUTS: dict[str, Any] = {
    "image": "n8nio/n8n:2.41.1@sha256:88",
    "envs": ["A=1", "B=x=y"],
    "labels": [{"label": label, "value": value} for label, value in LABELS.items()],
    "networksAdvanced": [{"name": "ab12", "aliases": ["x"]}],
    "volumes": [
        {"containerPath": "/d", "volumeName": "n8n-data"},
        {"containerPath": "/etc/dokploy", "hostPath": "/etc/dokploy"},
    ],
    "ports": [{"external": 443.0, "internal": 443, "ip": "127.0.0.1"}],
}


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::smarter-net::{type_}::{name}"


def test_a_container() -> None:
    outputs = {"name": "n8n-1a2b3c4", "memory": 1024, "restart": "unless-stopped", "mustRun": False}
    found = Resource.of({"urn": urn(CONTAINER, "n8n"), "type": CONTAINER, "id": "0f3b", "outputs": outputs})
    assert (found.name, found.called, found.id) == ("n8n", "n8n-1a2b3c4", "0f3b")
    assert (found.memory, found.restart, found.must_run) == (1 << 30, "unless-stopped", False)
    assert (found.going, found.half_made, found.given) == (False, False, None)


def test_what_was_replaced_or_not_made_is_told_apart() -> None:
    deployment = {
        "pending_operations": [{}],
        "resources": [
            {"urn": urn(VOLUME, "a"), "type": VOLUME, "id": "a"},
            {"urn": urn(VOLUME, "b"), "type": VOLUME, "id": "b", "delete": True, "initErrors": ["x"]},
            {"urn": urn(VOLUME, "c"), "type": VOLUME},
        ],
    }
    state = State.of(deployment)
    assert [found.name for found in state.everything] == ["a", "b", "c"]
    assert [found.name for found in state.resources] == ["a", "c"]
    assert [found.name for found in state.made(VOLUME)] == ["a"]
    assert state.everything[1].half_made
    assert state.pending
    assert State.of({}) == State()


def test_a_record() -> None:
    inputs = {"zoneId": "z", "name": "mkt.smarterbot.cl", "type": "A", "content": "192.0.2.10", "proxied": True}
    found = Resource("urn::x", "x", "r1", inputs=inputs)
    assert found.address == Address("z", "mkt.smarterbot.cl", "A", "192.0.2.10", proxied=True)


def test_a_container_as_it_was_asked_for_differs_in_nothing() -> None:
    bound = SHOWN | {"HostConfig": {"PortBindings": {"443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "443"}]}}}
    assert list(containers.of(Asked.of(INPUTS), Container.of(bound), Image())) == []


def test_each_difference_is_a_line() -> None:
    asked = INPUTS | {
        "image": "n8nio/n8n:2.42.0", "envs": ["A=2"], "labels": [{"label": "smarter-net.release", "value": "9"}],
        "networksAdvanced": [{"name": "cd34"}], "volumes": [{"containerPath": "/d", "volumeName": "other"}],
    }  # fmt: skip
    assert list(containers.of(Asked.of(asked), Container.of(SHOWN), Image())) == [
        "container n8n-1a2b3c4: its variable A differs",
        "container n8n-1a2b3c4: its variable B is set besides",
        "container n8n-1a2b3c4: its label smarter-net.release is '1a2b3c4' instead of '9'",
        "container n8n-1a2b3c4: runs n8nio/n8n:2.41.1@sha256:88 instead of n8nio/n8n:2.42.0",
        "container n8n-1a2b3c4: is on the network smarter-net besides",
        "container n8n-1a2b3c4: is not on its network",
        "container n8n-1a2b3c4: has n8n-data at /d instead of other",
        "container n8n-1a2b3c4: has /etc/dokploy at /etc/dokploy besides",
        "container n8n-1a2b3c4: publishes port (any) besides",
    ]


def test_one_of_two_networks_is_not_all() -> None:
    asked = INPUTS | {"networksAdvanced": [{"name": "ab12"}, {"name": "cd34"}]}
    assert "container n8n-1a2b3c4: is not on all of its networks" in containers.of(
        Asked.of(asked), Container.of(SHOWN), Image()
    )


def test_what_is_secret_is_not_compared() -> None:
    some, all_ = Asked.of(INPUTS | {"envs": ["A=2", SECRET]}), Asked.of(INPUTS | {"envs": SECRET})
    assert (some.variables, some.secret_variables) == (("A=2",), True)
    assert (all_.variables, all_.secret_variables) == ((), True)
    lines = [line for line in containers.of(some, Container.of(SHOWN), Image()) if "variable" in line]
    assert lines == ["container n8n-1a2b3c4: its variable A differs"]
    assert not [line for line in containers.of(all_, Container.of(SHOWN), Image()) if "variable" in line]
