"""What is wrong by what only the host knows: containers, memory, disks, rollouts, backups, drills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.render.watch.rule import rule
from config.topology.model import SshHost

if TYPE_CHECKING:
    from config.topology.model import Topology

JSON = dict[str, Any]
AGAIN = 2
"""Starts in ten minutes that Docker made by itself, from which on they are told: one may be a single mishap."""
FULL = 0.9
LEAST_MEMORY = 0.05
BLIND_SECONDS = 300
HOUR = 3600
LATE_HOURS = 26
"""After the backup before: one each day, and two hours for it."""
LATE_DAYS = 2
"""After the day on which a drill was due."""
_KILLED = "max by (service) (max_over_time(smarter_net_container_out_of_memory[10m])) > 0"
_OF_MEMORY = f"{{{{ range query `{_KILLED}` }}}} (service {{{{ .Labels.service }}}}){{{{ end }}}}"


def rules(topology: Topology) -> list[JSON]:
    """Those of this stack."""
    stack = topology.stack
    backups = _backups(topology) if topology.backup and topology.backup.timer else []
    return [*_containers(stack), *_machine(), *_rollouts(stack), *backups, *_itself(topology)]


def _containers(stack: str) -> list[JSON]:
    logs = f"make logs STACK={stack} SERVICE={{{{ $labels.service }}}} SINCE=15m"
    count = "smarter_net_container_restarts[10m]"
    return [
        rule(
            "RestartLoop", f"max by (service) (max_over_time({count}) - min_over_time({count})) >= {AGAIN}", "0s",
            "{{ $labels.service }} ends again and again: Docker has started it {{ $value }} times in ten minutes", logs,
        ),
        rule(
            "Unhealthy", "max by (service) (smarter_net_container_unhealthy) > 0", "3m",
            "{{ $labels.service }} runs, and its own health check fails", logs,
        ),
    ]  # fmt: skip


def _machine() -> list[JSON]:
    return [
        rule(
            "DiskFull", f"smarter_net_disk_used_ratio > {FULL}", "1m",
            "the disk of {{ $labels.path }} is {{ $value | humanizePercentage }} full",
            "on the server: docker system df; du -xhd2 {{ $labels.path }}",
        ),
        rule(
            "DiskFilesFull", f"smarter_net_disk_files_ratio > {FULL}", "1m",
            "the disk of {{ $labels.path }} has {{ $value | humanizePercentage }} of its files (inodes)",
            "on the server: du --inodes -xd2 {{ $labels.path }}",
        ),
        rule(
            "MemoryLow", f"node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < {LEAST_MEMORY}", "3m",
            "the server has {{ $value | humanizePercentage }} of its memory left",
            "on the server: docker stats --no-stream",
        ),
    ]  # fmt: skip


def _rollouts(stack: str) -> list[JSON]:
    return [
        rule(
            "RolloutFailed", "max by (service, release) (smarter_net_rollout_failed) > 0", "0s",
            "the rollout of {{ $labels.service }} to {{ $labels.release }} failed; the container before it serves",
            f"make history STACK={stack} SERVICE={{{{ $labels.service }}}}; make up STACK={stack}",
        )
    ]  # fmt: skip


def _backups(topology: Topology) -> list[JSON]:
    stack = topology.stack
    timer = topology.backup.timer if topology.backup else None
    days = timer.drill.days if timer else 0
    look, again = f"make backups STACK={stack}", f"make backup STACK={stack}"
    made = [
        rule("BackupFailed", "smarter_net_backup_failed > 0", "0s",
             "the last backup failed: {{ $labels.reason }}", f"{look}; {again}"),
        rule("BackupOld", f"time() - smarter_net_backup_good_seconds > {LATE_HOURS * HOUR}", "5m",
             "the last good backup was made {{ $value | humanizeDuration }} ago", f"{look}; {again}"),
        rule("BackupNone", "absent(smarter_net_backup_good_seconds)", f"{LATE_HOURS}h",
             "no backup has been made yet", again),
    ]  # fmt: skip
    drills = [
        rule("DrillFailed", "smarter_net_drill_failed > 0", "0s",
             "the last backup could not be put back: {{ $labels.reason }}", f"make drill STACK={stack}"),
        rule("DrillOld", f"time() - smarter_net_drill_good_seconds > {(days + LATE_DAYS) * 24 * HOUR}", "5m",
             "whether a backup can be put back was tried {{ $value | humanizeDuration }} ago",
             f"make drill STACK={stack}"),
    ]  # fmt: skip
    return [*made, *(drills if days else [])]


def _itself(topology: Topology) -> list[JSON]:
    """Of a server: on a laptop there may be no timer, and other programs are killed for memory too.

    Docker forgets why a container ended when it starts it again, so it is the kernel that is asked.
    """
    if not isinstance(topology.host, SshHost):
        return []
    seconds = "smarter_net_facts_seconds"
    stack = topology.stack
    return [
        rule(
            "OutOfMemory", "increase(node_vmstat_oom_kill[10m]) > 0", "0s",
            f"a process was killed for lack of memory{_OF_MEMORY}",
            f"make status STACK={stack}; then a larger `memory:` in the stack file",
        ),
        rule(
            "HostBlind", f"time() - {seconds} > {BLIND_SECONDS} or absent({seconds})", "5m",
            "the server does not say how it is: containers, disks and backups are not looked at",
            f"on the server: systemctl status smarter-net-facts-{topology.stack}.timer",
        )
    ]  # fmt: skip
