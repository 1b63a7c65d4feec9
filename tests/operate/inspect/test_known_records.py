"""What a run that takes records over is told: the records that the engine's state holds."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from config.topology.records import IN_STATE
from host.errors import OperatorError
from operate.engine.pulumi import Engine
from operate.stack import Stack
from tests.config.stacks import CLOUDFLARE, Patch, topology

if TYPE_CHECKING:
    from pathlib import Path

LISTED: Patch = CLOUDFLARE | {"dns/adopt": ["mkt.smarterbot.cl"]}
STATE = {
    "deployment": {
        "resources": [
            {"type": "cloudflare:index/dnsRecord:DnsRecord", "urn": "urn:x::mkt.smarterbot.cl-A"},
            {"type": "cloudflare:index/dnsRecord:DnsRecord", "urn": "urn:x::api.smarterbot.cl-A", "delete": True},
            {"type": "docker:index/container:Container", "urn": "urn:x::n8n"},
        ]
    }
}


def told(folder: Path, monkeypatch: pytest.MonkeyPatch, patch: Patch, pulumi: str) -> str:
    """What the variable is when `pulumi up` runs, with a pulumi that answers `stack export` like that."""
    (folder / "pulumi").write_text(
        f'#!/bin/sh\ncase "$*" in *export*) {pulumi} ;; *) printf %s "${{{IN_STATE}-unset}}" >"$TOLD" ;; esac\n'
    )
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PULUMI", str(folder / "pulumi"))
    stack = Stack("prod", folder)
    stack.__dict__["topology"] = topology("prod", patch)
    stack.__dict__["environment"] = {**os.environ, "TOLD": str(folder / "told")}
    Engine(stack).run("up")
    return (folder / "told").read_text()


def test_the_records_of_the_state_are_told_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").write_text(json.dumps(STATE))
    answer = f"cat {tmp_path}/state"
    assert told(tmp_path, monkeypatch, LISTED, answer) == "api.smarterbot.cl-A mkt.smarterbot.cl-A"


def test_a_state_that_holds_none_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(tmp_path, monkeypatch, LISTED, "echo '{}'") == ""


def test_nothing_is_asked_or_told_if_nothing_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(tmp_path, monkeypatch, CLOUDFLARE, "exit 1") == "unset"


def test_a_state_that_cannot_be_read_is_no_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OperatorError, match="the stack's state cannot be read"):
        told(tmp_path, monkeypatch, LISTED, "exit 1")
    assert not (tmp_path / "told").exists()
