"""Memory: of a run at its peak, of the host and of the proxy when nothing happens."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tools.bench.figures import Figure, Section
from tools.bench.measure import Series, checked, descendants, memory, processor_seconds, started_with, watched
from tools.bench.rig import NO_PREVIEW

if TYPE_CHECKING:
    from tests.rig.project import Project
    from tools.bench.compose import Compose
    from tools.bench.measure import Watched
    from tools.bench.rig import Rig

COMPOSE_UP = ("docker", "compose", "up", "-d")


def measure(rig: Rig) -> Section:
    """One cold and one no-op run each, then the host left alone."""
    idle = 8 if rig.quick else 60
    floor = rig.project("empty")
    watch_pulumi(floor)
    floor_peak = watch_pulumi(floor)
    ours = rig.project()
    cold, noop = watch_pulumi(ours), watch_pulumi(ours)
    make_up = watched(
        [sys.executable, "-m", "operate", "up", "--yes"], folder=ours.folder, environment=ours.environment
    )
    our_host, our_cpu, our_proxy = _idle(rig, idle)
    topology = rig.topology(ours)
    rig.clean()
    compose = rig.compose(topology)
    peer_cold, peer_noop = watch_compose(compose, "--wait"), watch_compose(compose)
    compose.write(topology, interval="30s")
    compose.up()
    host, cpu, proxy = _idle(rig, idle)
    rig.clean()
    return Section(
        "Memory: of a run at its peak (all of its processes), and idle",
        figures=[
            _figure("pulumi up, cold", cold, peer_cold),
            _figure("pulumi up, no-op", noop, peer_noop, floor_peak),
            _figure("make up, no-op", make_up, peer_noop, floor_peak),
            Figure("idle host: dockerd, containerd, shims, six containers", "MiB", Series([our_host]), Series([host])),
            Figure("idle proxy", "MiB", Series([our_proxy]), Series([proxy])),
            Figure("idle host: processor", "s/min", Series([our_cpu]), Series([cpu])),
        ],
        notes=[
            "Proportional set size: pages that processes share count once. Nothing of ours runs on an idle host.",
            "Idle containers have the same health commands at the same intervals, and both proxies ask the same.",
        ],
    )


def watch_pulumi(project: Project, *arguments: str) -> Watched:
    """A run of the engine with everything that it starts; `pulumi up` without a preview by default."""
    line = ["pulumi", *(arguments or NO_PREVIEW), "--stack", project.stack, "--non-interactive"]
    return watched(line, folder=project.folder, environment=project.environment)


def watch_compose(compose: Compose, *arguments: str) -> Watched:
    """`docker compose up -d`."""
    return watched([*COMPOSE_UP, *arguments], folder=compose.folder, environment=compose.environment)


def _figure(what: str, ours: Watched, peer: Watched, floor: Watched | None = None) -> Figure:
    return Figure(
        what, "MiB", Series([ours.mebibytes]), Series([peer.mebibytes]),
        floor=Series([floor.mebibytes]) if floor else None, floor_name="empty program" if floor else "",
    )  # fmt: skip


def _idle(rig: Rig, seconds: float) -> tuple[float, float, float]:
    """Memory of the host's Docker and of the proxy in MiB, and processor seconds a minute."""
    time.sleep(3)
    folder = str(rig.dockerd.folder)
    before = processor_seconds(started_with(folder))
    time.sleep(seconds)
    pids = started_with(folder)
    used = (processor_seconds(pids) - before) * 60 / seconds
    pid = int(checked(rig.dockerd.docker("inspect", "-f", "{{.State.Pid}}", "caddy-proxy")).stdout)
    return memory(pids), used, memory({pid, *descendants(pid)})
