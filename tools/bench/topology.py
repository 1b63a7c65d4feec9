"""Topologies of any size, and the changes that are rolled out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.values.names import Hostname

if TYPE_CHECKING:
    from config.topology.model import SiteSpec, Topology
    from config.topology.service import ServiceSpec


def synthetic(base: Topology, count: int) -> Topology:
    """`count` services behind the proxy: the running ones of `base`, over and over, each time with other names.

    Every fifth of them overlaps, as in the catalog; each keeps its port, its volume and its checks.
    """
    sites = {site.service: site for site in base.sites}
    made = [_again(base.running[at % len(base.running)], at // len(base.running)) for at in range(count)]
    return replace(
        base,
        services=tuple(made),
        sites=tuple(
            _site(sites[pattern.name], service.name, at // len(base.running))
            for at, service in enumerate(made)
            if (pattern := base.running[at % len(base.running)]).name in sites
        ),
    )


def changed(base: Topology, service: str, **environment: str) -> Topology:
    """The same with other environment variables for one service."""
    return replace(
        base,
        services=tuple(
            replace(spec, environment={**spec.environment, **environment}) if spec.name == service else spec
            for spec in base.services
        ),
    )


def _again(pattern: ServiceSpec, turn: int) -> ServiceSpec:
    if not turn:
        return pattern
    volumes = tuple(replace(volume, name=f"{volume.name}-{turn}") for volume in pattern.volumes)
    # The names that a container carries itself are those of the first.
    return replace(pattern, name=f"{pattern.name}-{turn}", volumes=volumes, aliases=())


def _site(pattern: SiteSpec, service: str, turn: int) -> SiteSpec:
    if not turn:
        return pattern
    label, _, domain = str(pattern.host).partition(".")
    host = f"{label}-{turn}.{domain}"
    return replace(pattern, host=Hostname(host), service=service, url=pattern.url.replace(str(pattern.host), host))
