"""What is said to who interrupts a run, from the engine's events so far."""

from __future__ import annotations

from typing import Any

import pytest

from operate.engine.interruptions import ended, waiting

JSON = dict[str, Any]


def event(kind: str, name: str, operation: str = "update", type_: str = "command:local:Command", **more: Any) -> JSON:  # noqa: ANN401
    return {kind: {"metadata": {"op": operation, "urn": f"urn:pulumi:dev::p::{type_}::{name}", "type": type_, **more}}}


BEGUN = [
    event("resourcePreEvent", "host-scripts", "same"),
    event("resourcePreEvent", "metabase", "create", "docker:index/container:Container"),
    event("resOutputsEvent", "metabase", "create", "docker:index/container:Container"),
    event("resourcePreEvent", "n8n-rollout"),
    event("resourcePreEvent", "caddy-proxy-config"),
]
STILL = "Still waiting for n8n, caddy-proxy-config; one more ends the wait, and `make up` then looks what became of it."


@pytest.mark.parametrize(
    ("so_far", "time", "said"),
    [
        ([], 1, "Interrupted: the engine is asked to end."),
        (
            BEGUN[:4],
            1,
            "Interrupted: nothing more is begun, waiting for n8n; a rollout goes on on the host to its end.",
        ),
        (BEGUN[4:], 1, "Interrupted: nothing more is begun, waiting for caddy-proxy-config."),
        (
            BEGUN,
            2,
            STILL,
        ),
        (BEGUN, 3, "Not waiting any longer; `make up` looks what became of n8n, caddy-proxy-config."),
    ],
)
def test_what_is_waited_for(so_far: list[JSON], time: int, said: str) -> None:
    assert waiting(so_far, time) == said


def test_what_is_left() -> None:
    done = [*BEGUN, event("resOutputsEvent", "n8n-rollout"), event("resOutputsEvent", "caddy-proxy-config")]
    assert ended(done, ["up"]) == "interrupted; what had begun was brought to its end; `make up` does the rest"
    cut = [*BEGUN, event("resOpFailedEvent", "n8n-rollout"), event("resOutputsEvent", "caddy-proxy-config")]
    assert ended(cut, ["destroy"]) == "interrupted; n8n did not get to its end here; `make down` does the rest"
    for plan in (["preview"], ["destroy", "--preview-only"]):
        assert ended(BEGUN, plan) == "interrupted; nothing was changed"
