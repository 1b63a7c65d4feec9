"""The ports of the host: each has one holder, and none leads past what a site asks for."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from config.stackfile.host_settings import SshHostSettings
from config.topology.service import PROXYS_PORTS, Protocol
from config.values.errors import StackError, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.merged import Merged
    from config.stackfile.settings import Settings

DOCKERS = {2375: "Docker's API", 2376: "Docker's API"} | dict.fromkeys((2377, 4789, 7946), "Docker's swarm mode")
NOT_ROUTED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""What cannot be reached from the Internet, such as a VPN's own addresses. 100.64.0.0/10: Tailscale's."""
FIGURES = "/metrics"
"""A private path of every service: figures, no access."""


def mistakes(settings: Settings, services: Mapping[str, Merged]) -> Iterator[StackError]:
    """Yield what is wrong with published ports. `services`: what exists in the stack."""
    yield from _taken(settings, services)
    for service in services.values():
        if service.own.direct_port is not None and _is_public(service.own.direct_address):
            yield from _past_the_proxy(service, settings)


def _taken(settings: Settings, services: Mapping[str, Merged]) -> Iterator[StackError]:
    """A port has one holder: on the host, and inside the proxy's container."""
    taken = dict(DOCKERS)
    if isinstance(settings.host, SshHostSettings):
        taken[settings.host.port] = "host.port"
        taken |= {port: f"host.listeners[{index}]" for index, port in enumerate(settings.host.listeners)}
    # Where it listens on a direct port too.
    inside = PROXYS_PORTS | {
        service.entry.port: f"{service.entry.name} on the network"
        for service in services.values()
        if service.entry.protocol is Protocol.HTTP and service.entry.port not in PROXYS_PORTS
    }
    published = [("proxy.http-port", settings.proxy.http_port), ("proxy.https-port", settings.proxy.https_port)]
    direct = [
        (dotted(["services", name, "direct-port"]), service.direct_port)
        for name, service in settings.services.items()
        if service.direct_port is not None
    ]
    for key, port in [*published, *direct]:
        holder = taken.setdefault(port, key)
        if holder == key and (key, port) in direct:
            holder = inside.get(port, key)
        if holder != key:
            yield StackError(key, f"{port} is taken by {holder}", "choose another port")


def _past_the_proxy(service: Merged, settings: Settings) -> Iterator[StackError]:
    """A direct port asks for no password, knows no address list, and keeps visitors from no path."""
    if service.stand_in:
        return
    key = f"services.{service.entry.name}.direct-address"
    past = f"{service.own.direct_address} lets everybody past the proxy"
    cure = "leave it at 127.0.0.1, which `ssh -L` reaches, or give it a site"
    sites = [site for site in settings.sites if service.entry.name in {site.service, *site.paths.values()}]
    closed = [site for site in sites if site.basic_auth or site.allow_from]
    private = [path for path in service.entry.private_paths if path != FIGURES]
    if closed:
        problem = f"{past}, and the site {closed[0].host} says who is let in"
        yield StackError(key, problem, "leave it at 127.0.0.1, which `ssh -L` reaches, or write a VPN's own address")
    elif service.entry.first_visitor and not any(site.open for site in sites):
        problem = f"{past}, and {service.entry.first_visitor}"
        yield StackError(key, problem, f"{cure}; a site with `open: true` says that this was you")
    elif private:
        yield StackError(key, f"{past}, which keeps visitors from {' and '.join(private)}", cure)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return not any((mapped or found) in network for network in NOT_ROUTED)
