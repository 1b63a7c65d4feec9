"""How old the last backup and the last drill are, in the words of `make status` and `make backups`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.topology.backup import BackupSpec, Drill, Keep, Timer
from operate.inspect import ages

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
WEEKLY = Timer(calendar="*-*-* 03:15:00 UTC", drill=Drill.WEEKLY)


def spec(timer: Timer | None) -> BackupSpec:
    return BackupSpec(to="/srv/backup", keep=Keep(last=0, daily=0, weekly=0, monthly=0), timer=timer)


def line(service: str, hours: float, outcome: str = "ok", why: str = "") -> dict[str, Any]:
    when = f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    return {"service": service, "when": when, "outcome": outcome, "release": "1a2b3c4d", "why": why}


@pytest.mark.parametrize(
    ("known", "said", "late"),
    [
        ([], "backup: none was made here yet; `make backup`", True),
        ([line("n8n", 1)], "backup: none was made here yet; `make backup`", True),
        ([line("backup", 25)], "backup: 1a2b3c4d, 25 h ago", False),
        ([line("backup", 0.1)], "backup: 1a2b3c4d, 6 min ago", False),
        ([line("backup", 27)], "backup: 1a2b3c4d, 27 h ago", True),
        ([line("backup", 100)], "backup: 1a2b3c4d, 4 days ago", True),
        ([line("backup", 5), line("backup", 1, "failed", "n8n: a reason")],
         "backup: 1a2b3c4d, 5 h ago; the last one failed: n8n: a reason", True),
        ([line("backup", 5, "failed", "x"), line("backup", 1)], "backup: 1a2b3c4d, 60 min ago", False),
    ],
)  # fmt: skip
def test_a_backup_is_late_after_a_night_and_two_hours(known: list[dict[str, Any]], said: str, late: bool) -> None:  # noqa: FBT001
    found = ages.backup(known, NOW)
    assert found.said == said.replace("60 min", "1 h")
    assert found.late == late
    assert found.shown().startswith("[red]") == late


@pytest.mark.parametrize(
    ("timer", "known", "said", "late"),
    [
        (None, [], "drill: none was made yet", False),
        (WEEKLY, [], "drill: none was made yet", False),
        (WEEKLY, [line("backup", 24), line("backup", 1)], "drill: none was made yet", False),
        (WEEKLY, [line("backup", 10 * 24), line("backup", 1)], "drill: none was made yet", True),
        (WEEKLY, [line("drill", 8 * 24)], "drill: 1a2b3c4d could be put back, 8 days ago", False),
        (WEEKLY, [line("drill", 10 * 24)], "drill: 1a2b3c4d could be put back, 10 days ago", True),
        (None, [line("drill", 100 * 24)], "drill: 1a2b3c4d could be put back, 100 days ago", False),
        (None, [line("drill", 30), line("drill", 3, "failed", "a pack")], "drill: failed 3 h ago: a pack", True),
    ],
)
def test_a_drill_is_late_where_the_host_makes_them_itself(
    timer: Timer | None,
    known: list[dict[str, Any]],
    said: str,
    late: bool,  # noqa: FBT001
) -> None:
    found = ages.drill(spec(timer), known, NOW)
    assert found.said.startswith(said)
    assert found.late == late
