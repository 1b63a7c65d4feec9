"""What `make doctor` and `make up` say of a server's backups."""

from __future__ import annotations

from dataclasses import replace
from subprocess import CompletedProcess

import pytest

from config.topology.backup import BackupSpec, Drill, Keep, Timer
from host.machine import Machine
from operate.inspect.backups import backups, missing, restic
from operate.inspect.finding import ADVICE, GOOD
from tests.config.stacks import topology

ALL = Keep(last=0, daily=0, weekly=0, monthly=0)


def test_a_server_without_backups_is_told_and_this_machine_is_not() -> None:
    (finding,) = backups(topology("prod"))
    assert (finding.verdict, finding.cure) == (ADVICE, "add smarter-net:backup: docs/data.md")
    assert missing(topology("prod"), "Pulumi.prod.yaml") == (
        "The server makes no backups: Pulumi.prod.yaml has no smarter-net:backup (docs/data.md)."
    )
    assert list(backups(topology("dev"))) == []
    assert missing(topology("dev"), "Pulumi.dev.yaml") == ""


def test_with_them_nothing_is_said() -> None:
    spec = BackupSpec(to="sftp:backup@store:/srv", keep=ALL)
    assert missing(replace(topology("prod"), backup=spec), "Pulumi.prod.yaml") == ""


def test_a_repository_on_this_machine_is_none_to_be_lost_with_a_server() -> None:
    found = [each.what for each in backups(replace(topology("dev"), backup=BackupSpec(to="/srv/backup", keep=ALL)))]
    assert found == ["restic"]


def test_a_server_without_a_timer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "run", lambda *_, **__: CompletedProcess([], 0, "restic 0.19.1 compiled", ""))
    without = BackupSpec(to="sftp:backup@store:/srv", keep=ALL)
    having = replace(without, timer=Timer(calendar="*-*-* 03:15:00 UTC", drill=Drill.NEVER))
    found = [[each.what for each in backups(replace(topology("prod"), backup=spec))] for spec in (without, having)]
    assert found == [["backup.at", "restic"], ["restic"]]


@pytest.mark.parametrize(
    ("said", "verdict", "seen"),
    [
        ("restic 0.19.1 compiled with go1.26.4 on linux/amd64", GOOD, "0.19.1"),
        ("restic 0.17.1 compiled", GOOD, "0.17.1"),
        ("restic 0.17.0 compiled", ADVICE, "0.17.0 is too old"),
        ("restic 0.9.6 compiled", ADVICE, "0.9.6 is too old"),
        ("", ADVICE, "not installed"),
    ],
)
def test_a_restic_is_new_enough_or_has_its_cure(said: str, verdict: str, seen: str) -> None:
    finding = restic(said)
    assert (finding.verdict, finding.seen, bool(finding.cure)) == (verdict, seen, verdict == ADVICE)
