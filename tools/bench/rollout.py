"""Rollouts under load: ours, Compose and a plain pulumi-docker program make the same change, over and over."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.rig.visitors.load import Kind, Load, Outcome
from tools.bench.caddyfile import caddyfile
from tools.bench.figures import Section
from tools.bench.measure import Series, checked, seconds
from tools.bench.rig import NO_PREVIEW, plain_up, wait_for_sites
from tools.bench.topology import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.topology.model import Topology
    from tests.rig.project import Project
    from tools.bench.rig import Rig

SERVICES = ("smarteros-blogbowl", "n8n")
DRAIN = "5s"
"""For both: the streams of the load outlast every drain, so this is what each rollout waits for."""
COLUMNS = (
    "service", "who", "rollouts", "s/rollout", "answers", "failed", "worst GET, s", "worst POST, s",
    "worst 1 s request, s", "streams ended in order", "streams broken",
)  # fmt: skip
Cells = tuple[str | float | None, ...]
Way = tuple[Cells, Outcome]
STREAMS = {Kind.SSE, Kind.WEBSOCKET}


def measure(rig: Rig) -> Section:
    """Each way, for a service that overlaps and one that must not."""
    count = 2 if rig.quick else 10
    rows: list[Cells] = []
    notes: list[str] = []
    for service in SERVICES:
        ways = [_ours(rig, service, count), _compose(rig, service, count, plain=False)]
        if not rig.quick:
            ways += [_compose(rig, service, count, plain=True), _plain_pulumi(rig, service, count)]
        for row, outcome in ways:
            rows.append(row)
            notes += _failures(f"{row[0]}, {row[1]}", outcome)
    rig.clean()
    topology = rig.topology(rig.project())
    minimum = {service: _start_and_ready(rig, topology, service) for service in SERVICES}
    return Section(
        "Rollouts in a row under eight clients: GET, POST, 1 s requests, SSE, WebSocket",
        columns=COLUMNS,
        rows=rows,
        notes=[
            f"The change is one environment variable; ours drains for {DRAIN} at most, which streams always use up.",
            *(
                f"{name}: docker start to ready takes {taken:.2f} s, the least that is possible."
                for name, taken in minimum.items()
            ),
            "Caddyfiles have retries and health checks like ours (`all`), or three lines a site (`3 lines`).",
            *notes,
        ],
    )


def _ours(rig: Rig, service: str, count: int) -> Way:
    rig.clean()
    project = rig.project()
    project.change(service, rollout={"drain": DRAIN})
    plain_up(project)
    topology = rig.topology(project)

    def roll(turn: int) -> None:
        project.change(service, environment={"BENCH": str(turn)})
        plain_up(project)

    return _under_load(topology, service, count, roll, "ours")


def _compose(rig: Rig, service: str, count: int, *, plain: bool) -> Way:
    rig.clean()
    topology = rig.topology(rig.project())
    compose = rig.compose(topology, plain=plain)
    compose.up("--wait")

    def roll(turn: int) -> None:
        compose.write(changed(topology, service, BENCH=str(turn)))
        compose.up("--wait")

    return _under_load(topology, service, count, roll, f"Compose, {'3 lines' if plain else 'all'}")


def plain_pulumi(rig: Rig, service: str) -> tuple[Project, Topology]:
    """The same six containers by a program that a newcomer to pulumi-docker would write, up."""
    project = rig.project("plain", BENCH_SERVICE=service, BENCH_RELEASE="start")
    topology = rig.topology(project)
    caddy = project.folder / "caddy"
    caddy.mkdir()
    names = {spec.name: spec.name for spec in topology.running}
    (caddy / "Caddyfile").write_text(caddyfile(topology, names))
    project.environment["BENCH_FOLDER"] = str(caddy)
    plain_up(project)
    return project, topology


def _plain_pulumi(rig: Rig, service: str, count: int) -> Way:
    rig.clean()
    project, topology = plain_pulumi(rig, service)

    def roll(turn: int) -> None:
        project.environment["BENCH_RELEASE"] = str(turn)
        _roll_plain(project)

    return _under_load(topology, service, count, roll, "pulumi-docker, all")


def _roll_plain(project: Project) -> None:
    checked(project.pulumi(*NO_PREVIEW))


def _under_load(topology: Topology, service: str, count: int, roll: Callable[[int], None], who: str) -> Way:
    wait_for_sites(topology)
    load = Load(next(str(site.host) for site in topology.sites if site.service == service))
    load.start()
    taken = Series([seconds(lambda turn=turn: roll(turn)) for turn in range(count)])  # type: ignore[misc]
    time.sleep(2)
    found = load.stop()
    broken = sum(failure.kind in STREAMS for failure in found.failures)
    row: Cells = (
        service, who, float(count), taken.median, float(found.total), float(len(found.failures) - broken),
        max(found.longest.get(Kind.GET, 0), found.longest.get(Kind.NEW, 0)), found.longest.get(Kind.POST),
        found.longest.get(Kind.SLOW), float(len(found.ended)), float(broken),
    )  # fmt: skip
    return row, found


def _failures(who: str, found: Outcome) -> list[str]:
    """What failed, each kind once."""
    counted = Counter(f"{failure.kind}: {failure.what}" for failure in found.failures)
    notes = [f"{who}: {count} x {what}" for what, count in counted.most_common(4)]
    return [*notes, f"{who}: {found.retried} GETs sent once more"] if found.retried else notes


def _start_and_ready(rig: Rig, topology: Topology, service: str) -> float:
    """Seconds from `docker start` to the first good answer of a copy that is alone."""
    rig.clean()
    spec = topology.service(service)
    variables = itertools.chain.from_iterable(("--env", f"{key}={value}") for key, value in spec.environment.items())
    docker = rig.dockerd.docker
    docker("network", "create", "alone")
    name = docker("create", "--init", "--network", "alone", *variables, str(spec.image)).stdout.strip()
    probe = ["exec", name, *(spec.health.command or ())]

    def until_ready() -> None:
        docker("start", name)
        while docker(*probe, check=False).returncode:
            time.sleep(0.02)

    taken = seconds(until_ready)
    rig.clean()
    return taken
