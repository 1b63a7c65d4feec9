"""The tables that an operator reads, from what really runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from config.render.caddy import BEHIND
from config.topology.service import Protocol
from host.names import STATUS_URL
from operate.terminal import headed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

    from config.topology.model import Topology
    from config.topology.service import ServiceSpec
    from host.daemon import Daemon
    from host.docker_objects import Container

JSON = dict[str, Any]
GOOD, PLANNED, OFF, UNHEALTHY = "healthy", "planned", "off", "unhealthy"
SPARE = ("Release", "Container", "URL", "Image")
"""Columns that say again what another one says, or another table, the least wanted first."""
MAINTENANCE = "maintenance"
"""Of a site, whose service is healthy."""
COLORS = {GOOD: "green", PLANNED: "dim", OFF: "dim", MAINTENANCE: "yellow"}


@dataclass(frozen=True)
class Condition:
    """One container of the spec, as it is now."""

    name: str
    health: str
    """One word: `healthy`, `planned`, `off`, `unhealthy`, `paused`, `stopped` or `missing`."""
    container: str = "-"
    image: str = "-"
    release: str = "-"
    detail: str = ""
    """What is wrong, in a sentence."""

    def document(self) -> JSON:
        """The same as JSON, with null where there is nothing."""
        shown = {key: None if value in {"-", ""} else value for key, value in asdict(self).items()}
        return {"service": shown.pop("name"), **shown}

    @property
    def fine(self) -> bool:
        """Whether it needs no person's attention."""
        return self.health in {GOOD, PLANNED, OFF}


def conditions(topology: Topology, daemon: Daemon) -> list[Condition]:
    """The proxy first, then every service in the spec's order."""
    by_service: dict[str, list[Container]] = {}
    for container in daemon.containers():
        by_service.setdefault(container.service, []).append(container)
    proxy = topology.proxy.name
    with ThreadPoolExecutor(max_workers=8) as pool:
        services = pool.map(
            lambda service: _service(service, by_service.get(service.name, []), daemon, proxy), topology.services
        )
        return [_proxy(proxy, by_service.get(proxy, []), daemon), *services]


def as_docker_says(daemon: Daemon) -> list[Condition]:
    """Every container of the stack, with no more than Docker knows of it: for a stack file that cannot be read."""
    found = sorted(daemon.containers(), key=lambda container: container.name)
    return [_condition(container.service, container, _docker_health(container)) for container in found]


def _docker_health(container: Container) -> str:
    if container.paused:
        return "paused"
    return (container.health or "running") if container.running else "stopped"


def _proxy(name: str, containers: list[Container], daemon: Daemon) -> Condition:
    if not containers:
        return Condition(name, "missing")
    found = containers[0]
    if not found.running:
        return _condition(name, found, "stopped")
    answer = daemon.exec(name, "wget", "-q", "-T", "5", "-O", "-", f"{STATUS_URL}/healthy")
    if answer is None:
        return _condition(name, found, UNHEALTHY, "its status page does not answer")
    return _condition(name, found, GOOD)


def _service(service: ServiceSpec, containers: list[Container], daemon: Daemon, proxy: str) -> Condition:
    if not service.runs:
        return Condition(service.name, OFF if service.stopped else PLANNED)
    running = [found for found in containers if found.running]
    if not running:
        return _condition(service.name, containers[0], "stopped") if containers else Condition(service.name, "missing")
    # Of two, during a rollout, the newer one.
    found = max(running, key=lambda each: each.started)
    if found.paused:
        return _condition(service.name, found, "paused")
    if service.protocol is not Protocol.HTTP:
        wrong = "" if found.health == "healthy" else f"its health check says {found.health or 'nothing'}"
        return _condition(service.name, found, UNHEALTHY if wrong else GOOD, wrong)
    # First the container itself, then the spec's name, which the proxy answers to as it answers to a site.
    behind = service.guarded or service.shut_in
    by_name = f"{STATUS_URL}{BEHIND}{service.name}" if behind else f"http://{service.name}:{service.port}"
    for address, wrong in (
        (f"http://{found.name}:{service.port}", f"GET {service.health.readiness} fails"),
        (by_name, "the proxy does not reach it"),
    ):
        url = f"{address}{service.health.readiness}"
        if daemon.exec(proxy, "wget", "-q", "-T", "5", "-O", "-", url) is None:
            return _condition(service.name, found, UNHEALTHY, wrong)
    return _condition(service.name, found, GOOD)


def _condition(name: str, container: Container, health: str, detail: str = "") -> Condition:
    return Condition(
        name,
        health,
        container=container.name,
        image=container.image.split("@")[0].rsplit("/", 1)[-1],
        release=container.release or "-",
        detail=detail,
    )


def sites_table(topology: Topology, found: list[Condition], days: Mapping[str, float | None]) -> Table:
    """Site, URL, service, health, image; and how long each certificate is good for, where an authority gave it."""
    columns = ("Site", "URL", "Service", "Health", "Image", *(["Certificate"] if days else []))
    table = headed(f"{topology.stack}: sites", *columns)
    by_name = {condition.name: condition for condition in found}
    for site in topology.sites:
        condition = by_name[site.service]
        left = days.get(str(site.host))
        shown = ["[red]none[/red]" if left is None else f"{left:.0f} days"] if days else []
        leads = f"→ {site.redirect_to.removeprefix('https://')}" if site.redirect_to else site.service
        health = MAINTENANCE if site.maintenance and condition.health == GOOD else condition.health
        table.add_row(str(site.host), site.url, leads, _colored(health), condition.image, *shown)
    return table


def sites(topology: Topology, found: list[Condition], days: Mapping[str, float | None]) -> list[JSON]:
    """The same as JSON. `certificate_days` is null where Caddy's own authority signs, or there is none."""
    by_name = {condition.name: condition for condition in found}
    return [
        {
            "host": str(site.host),
            "url": site.url,
            "service": site.service,
            "redirect_to": site.redirect_to or None,
            "health": by_name[site.service].health,
            "maintenance": site.maintenance is not None,
            "certificate_days": days.get(str(site.host)),
        }
        for site in topology.sites
    ]


def services_table(stack: str, found: list[Condition]) -> Table:
    """Service, container, release, health, image."""
    table = headed(f"{stack}: containers", "Service", "Container", "Release", "Health", "Image")
    for condition in found:
        table.add_row(
            condition.name, condition.container, condition.release, _colored(condition.health), condition.image
        )
    return table


def troubles(found: list[Condition]) -> list[str]:
    """What is wrong, one line each, for below the tables."""
    return [f"{condition.name}: {condition.detail}" for condition in found if condition.detail]


def behind(
    topology: Topology, found: list[Condition], history: list[JSON], last_failure: Callable[[], str | None]
) -> list[str]:
    """Services of which another release serves than was asked for, and why, one line each.

    `last_failure`: when the last run failed, if it did: what it did not come to, it has no record of.

    What the stack file asks for is not known for a service with secrets: its release depends on their values, which are
    not decrypted to look at the host. Of such a service a rollout that failed is told.
    """
    lines = []
    for condition in found:
        service = next((spec for spec in topology.running if spec.name == condition.name), None)
        if service is None or condition.release == "-":
            continue
        last = next((record for record in reversed(history) if record["service"] == service.name), None)
        failed = last if last and last["outcome"] != "ok" and last["release"] != condition.release else None
        when = failed["when"].replace("T", " ").rstrip("Z") if failed else ""
        if service.secrets:
            if failed:
                serves = f"{service.name}: release {condition.release} serves"
                lines.append(f"{serves}; the rollout of {failed['release']} failed at {when} UTC")
        elif service.release != condition.release:
            why = f"its rollout failed at {when} UTC" if failed else _not_yet(last_failure())
            asked = f"the stack file asks for {service.release}"
            lines.append(f"{service.name}: release {condition.release} serves, {asked}; {why}")
    return lines


def _not_yet(failure: str | None) -> str:
    return f"the last run failed at {failure} UTC, before it came to it" if failure else "`make up` brings it"


def _colored(health: str) -> str:
    color = COLORS.get(health, "red")
    return f"[{color}]{health}[/{color}]"
