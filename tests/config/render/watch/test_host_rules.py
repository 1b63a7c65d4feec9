"""The rules on what only the host knows, tried by promtool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.checks.test_wrong_backup import SET, backup
from tests.config.render.watch.stacks import ALL, PINNED, WATCH_SECRETS
from tests.config.render.watch.trial import Case, tried
from tests.config.stacks import topology

if TYPE_CHECKING:
    from pathlib import Path

    from config.topology.model import Topology

N8N = {"service": "n8n"}
LOGS = "make logs STACK=prod SERVICE=n8n SINCE=15m"
RESTARTS = 'smarter_net_container_restarts{service="n8n",container="n8n-%s"}'
DISK = 'smarter_net_disk_used_ratio{path="/var/lib/docker"}'
LOOK, AGAIN, DRILL = "make backups STACK=prod", "make backup STACK=prod", "make drill STACK=prod"
SYSTEMD = "on the server: systemctl status smarter-net-facts-prod.timer"


def backed_up(drill: str = "weekly") -> Topology:
    """The production stack, watched and backed up by its timer."""
    timer = backup(at="03:15 America/Santiago", drill=drill)
    return topology("prod", {**ALL, **PINNED, **timer}, {**WATCH_SECRETS, **SET})


def test_three_starts_in_a_minute_are_told_once_and_one_is_not(tmp_path: Path) -> None:
    said = "n8n ends again and again: Docker has started it 3 times in ten minutes"
    figures = {RESTARTS % "1": "0 0 0 3 3x40"}
    tried(
        tmp_path, figures,
        ("1m", "RestartLoop", None, "", ""),
        ("2m", "RestartLoop", N8N, said, LOGS),
        ("15m", "RestartLoop", None, "", ""),
    )  # fmt: skip
    tried(tmp_path, {RESTARTS % "1": "0 0 1 1x9"}, ("3m", "RestartLoop", None, "", ""))


def test_a_new_container_counts_from_nothing(tmp_path: Path) -> None:
    figures = {RESTARTS % "1": "5 5 5 _ _ _ _", RESTARTS % "2": "_ _ _ 0 0 0 0"}
    tried(tmp_path, figures, *((f"{half}s", "RestartLoop", None, "", "") for half in range(0, 210, 30)))


def test_lack_of_memory_names_the_service(tmp_path: Path) -> None:
    figures = {
        "node_vmstat_oom_kill": "4 4 5 5x9",
        'smarter_net_container_out_of_memory{service="n8n",container="n8n-1"}': "0 0 1 0x9",
    }
    said = "a process was killed for lack of memory (service n8n)"
    case: Case = ("2m", "OutOfMemory", {}, said, "make status STACK=prod; then a larger `memory:` in the stack file")
    tried(tmp_path, figures, case, ("30s", "OutOfMemory", None, "", ""))


@pytest.mark.parametrize(("share", "told"), [("0.95", True), ("0.85", False)])
def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path, share: str, told: bool) -> None:  # noqa: FBT001
    said = "the disk of /var/lib/docker is 95% full"
    help_ = "on the server: docker system df; du -xhd2 /var/lib/docker"
    labels = {"path": "/var/lib/docker"} if told else None
    tried(tmp_path, {DISK: f"{share}x9"}, ("2m", "DiskFull", labels, said, help_))


def test_files_memory_and_a_services_own_check(tmp_path: Path) -> None:
    figures = {
        'smarter_net_disk_files_ratio{path="/"}': "0.97x9",
        "node_memory_MemAvailable_bytes": "40x9",
        "node_memory_MemTotal_bytes": "1000x9",
        'smarter_net_container_unhealthy{service="n8n",container="n8n-1"}': "1x9",
    }
    tried(
        tmp_path, figures,
        ("4m", "DiskFilesFull", {"path": "/"}, "the disk of / has 97% of its files (inodes)",
         "on the server: du --inodes -xd2 /"),
        ("4m", "MemoryLow", {}, "the server has 4% of its memory left", "on the server: docker stats --no-stream"),
        ("4m", "Unhealthy", N8N, "n8n runs, and its own health check fails", LOGS),
        ("1m", "Unhealthy", None, "", ""),
    )  # fmt: skip


def test_a_failed_rollout_is_told_until_a_good_one(tmp_path: Path) -> None:
    figures = {
        'smarter_net_rollout_failed{service="n8n",release="1234567"}': "1 1 1 _ _ _ _",
        'smarter_net_rollout_failed{service="n8n",release="89abcde"}': "_ _ _ 0 0 0 0",
    }
    said = "the rollout of n8n to 1234567 failed; the container before it serves"
    help_ = "make history STACK=prod SERVICE=n8n; make up STACK=prod"
    tried(
        tmp_path, {**figures, 'smarter_net_rollout_failed{service="n8n",release="1234567"}': "1 1 1 stale"},
        ("1m", "RolloutFailed", {"service": "n8n", "release": "1234567"}, said, help_),
        ("3m", "RolloutFailed", None, "", ""),
    )  # fmt: skip


def test_a_backup_that_is_late_or_failed_is_told(tmp_path: Path) -> None:
    figures = {
        "smarter_net_backup_good_seconds": "0x500",
        'smarter_net_backup_failed{reason="no route"}': "1x500",
        "smarter_net_drill_good_seconds": "0x500",
        'smarter_net_drill_failed{reason="the key is another one"}': "1x500",
    }
    tried(
        tmp_path, figures,
        ("25h", "BackupOld", None, "", ""),
        ("27h", "BackupOld", {}, "the last good backup was made 1d 3h 0m 0s ago", f"{LOOK}; {AGAIN}"),
        ("4m", "BackupFailed", {"reason": "no route"}, "the last backup failed: no route", f"{LOOK}; {AGAIN}"),
        ("4m", "DrillFailed", {"reason": "the key is another one"},
         "the last backup could not be put back: the key is another one", DRILL),
        topology=backed_up(), step="4m",
    )  # fmt: skip


def test_a_backup_that_was_never_made_and_an_old_drill(tmp_path: Path) -> None:
    tried(
        tmp_path, {"smarter_net_drill_good_seconds": "0x1200"},
        ("25h", "BackupNone", None, "", ""),
        ("27h", "BackupNone", {}, "no backup has been made yet", AGAIN),
        ("49h", "DrillOld", None, "", ""),
        ("73h", "DrillOld", {}, "whether a backup can be put back was tried 3d 1h 0m 0s ago", DRILL),
        topology=backed_up("daily"), step="4m",
    )  # fmt: skip


def test_a_server_that_says_nothing_is_told_and_a_laptop_is_not(tmp_path: Path) -> None:
    said = "the server does not say how it is: containers, disks and backups are not looked at"
    silent: Case = ("6m", "HostBlind", {}, said, SYSTEMD)
    tried(tmp_path, {}, silent, ("4m", "HostBlind", None, "", ""))
    tried(tmp_path, {"smarter_net_facts_seconds": "0x90"}, ("11m", "HostBlind", {}, said, SYSTEMD))
    local = topology("dev", ALL, WATCH_SECRETS)
    tried(tmp_path, {}, ("20m", "HostBlind", None, "", ""), topology=local)
