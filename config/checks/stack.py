"""Every check of a stack file's values against each other, against the catalog, and against the secrets.

Each check yields its mistakes in the order of the file; `config.derive` raises the first and counts the others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.catalog.merged import own_variables, present
from config.catalog.services import PROXY
from config.checks import accessories, backup, own, ports, sites, storage, watch
from config.checks.missing import SECRET_COMMAND, missing
from config.stackfile.host_settings import SshHostSettings
from config.stackfile.settings import Images
from config.topology.model import Certificates
from config.topology.records import SHORTEST_TOKEN, TOKEN, DnsProvider
from config.topology.service import Order
from config.values.errors import StackError, did_you_mean, shown
from config.values.secret import looks_secret
from config.values.units import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.merged import Merged
    from config.stackfile.settings import Settings
    from config.values.secret import Secret

PRIVATE_DOMAINS = ("arpa", "example", "internal", "invalid", "lan", "local", "localhost", "test")
"""Top-level domains that no public authority certifies (RFC 2606, 6761, 6762, 9476, and `lan` by habit)."""

LIMITS = {
    "start": ("1s", "1h", "a container that takes longer is not going to start"),
    "settle": ("0s", "10m", "each rollout takes at least this long"),
    "drain": ("0s", "1h", "each rollout may take this long"),
    "stop": ("1s", "10m", "each rollout may take this long"),
    "hold": ("0s", "5m", "callers give up before"),
}
"""Shortest and longest times of a rollout, and the reason for the longest."""

NOT_TO_BE_TRUSTED = {
    r"eth0|en[A-Za-z][A-Za-z0-9]+|venet0|wlan0": "is how the Internet comes in: all of it would be let in",
    r"lo": "is this machine itself, which is trusted anyway",
    r"docker0|docker_gwbridge|br-.*|veth.*": "is Docker's, and a container would reach all that listens on the server",
}
"""Names of interfaces, as regular expressions, and why. A VLAN (enp1s0.4000) or a second card (eth1) may be private;
the server itself says whether it is: host/scripts/firewall.sh."""

DOCKERS_NETWORKS = ("bridge", "docker_gwbridge", "host", "ingress", "none")


def mistakes(settings: Settings, secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    """Yield all that is wrong, in the order of the stack file."""
    existing = present(settings)
    services = list(existing.values())
    yield from _host(settings)
    yield from _firewall(settings)
    yield from _certificates(settings)
    yield from _network(settings)
    yield from _proxy(settings)
    yield from storage.mistakes(settings)
    yield from sites.mistakes(settings, existing)
    yield from _dns(settings, secrets)
    yield from _registries(settings, secrets)
    yield from backup.mistakes(settings, secrets)
    yield from watch.mistakes(settings, existing, secrets)
    yield from own.mistakes(settings)
    yield from accessories.mistakes(existing, settings)
    for service in services:
        yield from _image(service, settings)
        yield from _memory(service)
        yield from _environment(service)
        yield from _secret_uses(service, secrets)
        yield from _rollout(service)
    yield from ports.mistakes(settings, existing)
    yield from _secrets(services, secrets)
    yield from sites.passwords(settings, secrets)


def _host(settings: Settings) -> Iterator[StackError]:
    if settings.host.pinned_images and settings.images is Images.STAND_IN:
        yield StackError("images", "stand-ins are made on this machine, not on a server", "use registry")


def _firewall(settings: Settings) -> Iterator[StackError]:
    firewall = settings.firewall
    if not isinstance(settings.host, SshHostSettings):
        if firewall.model_fields_set:
            yield StackError("firewall", "is for a server; this machine's own is left as it is", "remove it")
    elif firewall.ssh_from is None and firewall.interfaces:
        problem = "is missing, and without it there is no firewall"
        yield StackError("firewall.ssh-from", problem, "add the addresses that may log in, such as [203.0.113.5]")
    for index, name in enumerate(firewall.interfaces):
        problem = next((why for pattern, why in NOT_TO_BE_TRUSTED.items() if re.fullmatch(pattern, name)), "")
        if problem:
            cure = "name a VPN's, such as wg0; addresses that may log in belong into ssh-from"
            yield StackError(f"firewall.interfaces[{index}]", f"{name} {problem}", cure)


def _network(settings: Settings) -> Iterator[StackError]:
    name = settings.network.name
    if name in DOCKERS_NETWORKS:
        problem = f"{name} is a network of Docker's own, on which no service is found by its name"
        yield StackError("network.name", problem, "leave it at smarter-net, or choose another name")


def _certificates(settings: Settings) -> Iterator[StackError]:
    if settings.certificates is Certificates.INTERNAL:
        return
    if settings.proxy.email is None:
        yield StackError("proxy.email", "is missing", "add the address that Let's Encrypt may write to")
    for index, site in enumerate(settings.sites):
        if str(site.host).rpartition(".")[2] in PRIVATE_DOMAINS:
            cure = "use `certificates: internal`, or a public name"
            yield StackError(f"sites[{index}].host", f"Let's Encrypt gives no certificate for {site.host}", cure)


def _proxy(settings: Settings) -> Iterator[StackError]:
    proxy = settings.proxy
    image = proxy.image or PROXY.image
    if settings.host.pinned_images and not image.pinned:
        yield StackError("proxy.image", f"{image} has no digest", f"write {image}@sha256:…, or run `make pin`")
    if proxy.memory and proxy.memory < PROXY.least_memory:
        problem = f"{proxy.memory} is less than {PROXY.name} needs"
        yield StackError("proxy.memory", problem, f"set at least {PROXY.least_memory}")


def _dns(settings: Settings, secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    dns, host = settings.dns, settings.host
    known = [str(site.host) for site in settings.sites]
    if dns.ipv6 and not (isinstance(host, SshHostSettings) and host.address6):
        yield StackError("dns.ipv6", "there is no IPv6 address", "add host.address6, or leave ipv6 out")
    for index, name in enumerate(dns.adopt):
        if str(name) not in known:
            yield StackError(f"dns.adopt[{index}]", f"{name} is no site", did_you_mean(name, known))
    if dns.provider is DnsProvider.BY_HAND:
        yield from _by_hand(settings)
        return
    if not isinstance(host, SshHostSettings):
        yield StackError("dns.provider", "this machine has no public address", "leave it at by-hand")
    if dns.zone is None:
        yield StackError("dns.zone", "is missing", "copy the zone's identifier from its overview page at Cloudflare")
    token = secrets.get(TOKEN)
    if token is None:
        yield missing(TOKEN, ": the records are made with it", secrets)
    elif token.length and token.length < SHORTEST_TOKEN:
        cure = "make one that may edit the zone's DNS; the global API key is none"
        yield StackError(f"secret:{TOKEN}", f"has fewer than {SHORTEST_TOKEN} characters, so is no API token", cure)


def _by_hand(settings: Settings) -> Iterator[StackError]:
    """Find what only Cloudflare can do, where the stack file does not say that it should."""
    dns = settings.dns
    asked = {"dns.zone": dns.zone, "dns.proxied": dns.proxied, "dns.adopt": dns.adopt}
    asked |= {f"sites[{index}].proxied": site.proxied for index, site in enumerate(settings.sites)}
    for key, value in asked.items():
        if value:
            yield StackError(key, "the records are made by hand", "add `dns.provider: cloudflare`, or remove it")


def _registries(settings: Settings, secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    hosts = [each.host for each in settings.registries]
    for index, each in enumerate(settings.registries):
        if each.host in hosts[:index]:
            yield StackError(f"registries[{index}].host", f"{each.host} is there already", "remove one of the two")
        elif each.registry.secret not in secrets:
            yield missing(each.registry.secret, f": {each.user} logs in to {each.host} with it", secrets)


def _image(service: Merged, settings: Settings) -> Iterator[StackError]:
    key = f"services.{service.entry.name}.image"
    given = service.own.image or (service.image if service.enabled else None)
    if service.stand_in:
        return
    if service.enabled and service.image is None:
        yield StackError(key, "is missing, and there is no public image", "add it, or set `enabled: false`")
    if given and settings.host.pinned_images and not given.pinned:
        yield StackError(key, f"{given} has no digest", f"write {given}@sha256:…, or run `make pin`")


def _memory(service: Merged) -> Iterator[StackError]:
    if service.memory < service.least_memory:
        problem = f"{service.memory} is less than {service.entry.name} needs"
        yield StackError(f"services.{service.entry.name}.memory", problem, f"set at least {service.least_memory}")


def _environment(service: Merged) -> Iterator[StackError]:
    needs = {need.variable: need.secret for need in service.catalog_secrets}
    for name, value in service.own.environment.items():
        key = f"services.{service.entry.name}.environment.{name}"
        if name in needs:
            yield StackError(key, "is a secret in clear text", f"remove it, and run `{SECRET_COMMAND}{needs[name]}`")
        elif looks_secret(name, value):
            suggestion = name.lower().replace("_", "-").strip("-")
            cure = f"move it to `secrets: {{{name}: {{secret: {suggestion}}}}}`, and run `{SECRET_COMMAND}{suggestion}`"
            yield StackError(key, "looks like a secret in clear text", cure)
        elif name in service.fixed_variables:
            yield StackError(key, "is set by smarter-net, and the rest of the network relies on it", "remove it")


def _secret_uses(service: Merged, secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    needs = {need.variable: need.secret for need in service.catalog_secrets}
    full_names = own_variables(service.own.secrets)
    for name, use in service.own.secrets.items():
        key = f"services.{service.entry.name}.secrets.{name}"
        if name in needs:
            yield StackError(key, f"is filled from secret:{needs[name]} already", "remove it")
        elif full_names[name] in service.own.environment or full_names[name] in service.fixed_variables:
            yield StackError(key, "is set as a plain variable too", "remove one of the two")
        elif list(full_names.values()).count(full_names[name]) > 1:
            yield StackError(key, f"ends in {full_names[name]}, as another one does", "remove one of the two")
        elif use.secret not in secrets and service.enabled:
            yield missing(use.secret, "", secrets)


def _rollout(service: Merged) -> Iterator[StackError]:
    key = f"services.{service.entry.name}.rollout"
    for name, (least, most, reason) in LIMITS.items():
        value: Duration | None = getattr(service.own.rollout, name)
        if value is not None and value < Duration.parse(least):
            yield StackError(f"{key}.{name}", f"{value} is too short", f"set at least {least}")
        if value is not None and value > Duration.parse(most):
            yield StackError(f"{key}.{name}", f"{value} is too long: {reason}", f"set at most {most}")
    if service.entry.alone and service.rollout.order is Order.ROLLING:
        yield StackError(f"{key}.order", service.entry.alone, "leave it at recreate")


def _secrets(services: list[Merged], secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    for name, secret in secrets.items():
        if not secret.encrypted:
            yield StackError(
                f"secret:{shown(name)}", "stands in clear text", f"run `{SECRET_COMMAND}{name}` to encrypt it"
            )
        elif secret.length == 0:
            yield StackError(f"secret:{shown(name)}", "is empty", f"run `{SECRET_COMMAND}{name}`")
    # Each once: a service and its database have one together.
    needed = {need.secret: need for service in services for need in service.needed_secrets}
    for need in needed.values():
        secret_or_none = secrets.get(need.secret)
        if secret_or_none is None:
            yield missing(need.secret, f": {need.reason}", secrets)
        elif secret_or_none.length and secret_or_none.length < need.length:
            cure = f"use at least {need.length}, such as `openssl rand -hex {need.length}` prints"
            yield StackError(f"secret:{need.secret}", f"has fewer than {need.length} characters", cure)
