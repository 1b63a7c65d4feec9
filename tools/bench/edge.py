"""The proxy itself is changed under load: its config, then its published ports. Ours, and Compose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.rig.visitors.load import Kind, Load
from tests.rig.visitors.one_by_one import visitors
from tools.bench.caddyfile import caddyfile
from tools.bench.figures import Section
from tools.bench.measure import Series, seconds
from tools.bench.rig import plain_up, wait_for_sites

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.topology.model import Topology
    from tools.bench.rig import Rig

SERVICE = "smarteros-blogbowl"
COLUMNS = (
    "change", "who", "times", "s each", "answers", "failed", "GETs sent again", "streams cut", "worst GET, s",
    "gap, s",
)  # fmt: skip
Cells = tuple[str | float | None, ...]


def measure(rig: Rig) -> Section:
    """A site comes and goes under eight clients; a published port changes while visitors come one by one."""
    count = 2 if rig.quick else 10
    rows = [change(rig, count) for change in (_our_config, _compose_config)]
    rows += [change(rig, 1 if rig.quick else 5) for change in (_our_port, _compose_port)]
    rig.clean()
    return Section(
        "The proxy itself is changed: a site added or removed (eight clients), a published port (visitors one by one)",
        columns=COLUMNS,
        rows=rows,
        notes=[
            "Compose: the Caddyfile is written again and `caddy reload` run in the container.",
            "Gap: from the first visitor who was turned away to the last one, the longest of all times.",
        ],
    )


def _our_config(rig: Rig, count: int) -> Cells:
    rig.clean()
    project = rig.project()
    plain_up(project)
    topology = rig.topology(project)
    config = project.read()["config"]
    sites = config["smarter-net:sites"]

    def change(turn: int) -> None:
        config["smarter-net:sites"] = sites if turn % 2 else sites[:-1]
        project.write(config)
        plain_up(project)

    return _under_load(topology, "ours", count, change)


def _compose_config(rig: Rig, count: int) -> Cells:
    rig.clean()
    topology = rig.topology(rig.project())
    compose = rig.compose(topology)
    compose.up("--wait")
    names = {service.name: service.name for service in topology.running}
    reload = ("caddy", "reload", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")

    def change(turn: int) -> None:
        shown = topology if turn % 2 else replace(topology, sites=topology.sites[:-1])
        (compose.folder / "caddy" / "Caddyfile").write_text(caddyfile(shown, names))
        rig.dockerd.docker("exec", topology.proxy.name, *reload, "--address", "unix//run/caddy/admin.sock")

    return _under_load(topology, "Compose, caddy reload", count, change)


def _under_load(topology: Topology, who: str, count: int, change: Callable[[int], None]) -> Cells:
    wait_for_sites(topology)
    load = Load(next(str(site.host) for site in topology.sites if site.service == SERVICE))
    load.start()
    taken = Series([seconds(lambda turn=turn: change(turn)) for turn in range(count)])  # type: ignore[misc]
    found = load.stop()
    broken = sum(failure.kind in {Kind.SSE, Kind.WEBSOCKET} for failure in found.failures)
    return (
        "config", who, float(count), taken.median, float(found.total), float(len(found.failures) - broken),
        float(found.retried), float(broken + len(found.ended)),
        max(found.longest.get(Kind.GET, 0), found.longest.get(Kind.NEW, 0)), None,
    )  # fmt: skip


def _our_port(rig: Rig, count: int) -> Cells:
    rig.clean()
    project = rig.project()
    plain_up(project)
    topology = rig.topology(project)
    config = project.read()["config"]

    def change(turn: int) -> None:
        config["smarter-net:proxy"]["http-port"] = topology.proxy.http_port + 1 + turn
        project.write(config)
        plain_up(project)

    return _with_visitors(topology, "ours", count, change)


def _compose_port(rig: Rig, count: int) -> Cells:
    rig.clean()
    topology = rig.topology(rig.project())
    compose = rig.compose(topology)
    compose.up("--wait")

    def change(turn: int) -> None:
        compose.write(replace(topology, proxy=replace(topology.proxy, http_port=topology.proxy.http_port + 1 + turn)))
        compose.up("--wait")

    return _with_visitors(topology, "Compose", count, change)


def _with_visitors(topology: Topology, who: str, count: int, change: Callable[[int], None]) -> Cells:
    wait_for_sites(topology)
    host = next(str(site.host) for site in topology.sites if site.service == SERVICE)
    taken, gaps = Series(), Series()
    visits = turned_away = 0
    for turn in range(count):
        with visitors(host) as seen:
            taken.values.append(seconds(lambda turn=turn: change(turn)))  # type: ignore[misc]
        gaps.values.append(seen.gap[1] - seen.gap[0])
        visits += seen.visits
        turned_away += len(seen.turned_away)
    return (
        "port", who, float(count), taken.median, float(visits), float(turned_away), None, None, None, max(gaps.values)
    )  # fmt: skip
