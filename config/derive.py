"""Settings + catalog + secrets -> Topology."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from config.catalog.merged import present, url
from config.catalog.services import PROXY
from config.catalog.watch import ALERTMANAGER, GROUP, PROMETHEUS
from config.checks.stack import mistakes
from config.render.watch.files import files
from config.stackfile.host_settings import SshHostSettings
from config.stackfile.settings import Images
from config.topology.data import Files
from config.topology.model import (
    FirewallSpec,
    LocalHost,
    Login,
    NetworkSpec,
    Protection,
    ProxySpec,
    SiteSpec,
    SshHost,
    Topology,
)
from config.topology.records import DnsProvider, DnsSpec, Record
from config.topology.service import SecretTarget, SecretUse, ServiceSpec, VolumeSpec
from config.values import errors
from config.values.names import ImageReference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.merged import Merged
    from config.stackfile.host_settings import LocalHostSettings
    from config.stackfile.settings import Settings
    from config.stackfile.site_settings import SiteSettings
    from config.topology.watch import WatchSpec
    from config.values.secret import Secret


_CERTIFICATES = Files(pause=False)
"""Caddy renames each file of its storage into place, whole."""


class StandIns(Protocol):
    """References of the locally made images, as `images.references()` gives them."""

    def of(self, service: str) -> str:
        """What takes a service's place."""

    @property
    def caddy(self) -> str:
        """The proxy, made without a registry."""


def derive(stack: str, settings: Settings, secrets: Mapping[str, Secret], stand_ins: StandIns) -> Topology:
    """Return all of one stack; `StackError` if its parts do not fit each other, the catalog or the secrets."""
    error = errors.first(mistakes(settings, secrets))
    if error:
        raise error
    existing = present(settings)
    services = [service for service in existing.values() if service.enabled or not service.entry.accessory]
    host = host_of(settings.host)
    proxy = _proxy(settings, stand_ins)
    made = tuple(_service(service, secrets, stand_ins) for service in services)
    topology = Topology(
        stack=stack,
        host=host,
        firewall=_firewall(settings, proxy, made),
        network=NetworkSpec(name=settings.network.name, external=settings.network.external),
        proxy=proxy,
        services=made,
        sites=tuple(_site(site, settings, existing, secrets) for site in settings.sites),
        registries=tuple(each.registry for each in settings.registries),
        records=tuple(_records(settings)),
        dns=_dns(settings),
        backup=settings.backup.spec,
        watch=settings.watch.spec,
    )
    return _watched(topology, topology.watch, secrets) if topology.watch else topology


def _watched(topology: Topology, watch: WatchSpec, secrets: Mapping[str, Secret]) -> Topology:
    """The same, each program of the watch with its files, which tell of all the rest, and with its secrets."""
    told = files(topology, watch)
    uses = [
        SecretUse(
            secret=name,
            name=f"{name.upper().replace('-', '_')}_FILE",
            target=SecretTarget.FILE,
            fingerprint=secrets[name].fingerprint,
        )
        for name in watch.secrets
    ]
    more = {ALERTMANAGER.name: tuple(uses)}
    # On the first day it would tell of what has not started yet.
    others = tuple(spec.name for spec in topology.running if spec.name != PROMETHEUS.name)
    services = tuple(
        replace(
            spec,
            files=told[spec.name],
            secrets=spec.secrets + more.get(spec.name, ()),
            after=others if spec.name == PROMETHEUS.name else spec.after,
        )
        if spec.group == GROUP
        else spec
        for spec in topology.services
    )
    return replace(topology, services=services)


def _site(
    own: SiteSettings, settings: Settings, services: Mapping[str, Merged], secrets: Mapping[str, Secret]
) -> SiteSpec:
    service, https_port = settings.served_by(own), settings.proxy.https_port
    behind = [services[name].entry for name in (service, *own.paths.values())]
    protection = Protection(
        private_paths=tuple(dict.fromkeys(path for each in behind for path in each.private_paths)),
        public_paths=behind[0].public_paths,
        allow_from=own.allow_from or (),
        logins=tuple(
            Login(name=name, secret=own.password(name), fingerprint=secrets[own.password(name)].fingerprint)
            for name in own.basic_auth or ()
        ),
        max_body=own.max_body,
    )
    return SiteSpec(
        host=own.host,
        service=service,
        url=url(str(own.host), https_port),
        protection=protection,
        redirect_to=url(str(own.redirect_to), https_port) if own.redirect_to else None,
        maintenance=own.maintenance.spec if own.maintenance else None,
        paths=tuple(sorted(own.paths.items(), key=lambda each: (-len(each[0]), each[0]))),
        headers=tuple(sorted(own.headers.items())),
    )


def host_of(host: LocalHostSettings | SshHostSettings) -> LocalHost | SshHost:
    """The machine that a stack file names."""
    if isinstance(host, SshHostSettings):
        return SshHost(
            address=host.address, user=host.user, port=host.port, host_key=host.host_key, listeners=host.listeners
        )
    return LocalHost()


def _firewall(settings: Settings, proxy: ProxySpec, services: tuple[ServiceSpec, ...]) -> FirewallSpec | None:
    if not isinstance(settings.host, SshHostSettings) or settings.firewall.ssh_from is None:
        return None
    published = [(proxy.http_port, proxy.bind_address), (proxy.https_port, proxy.bind_address)]
    published += [(s.direct_port, s.direct_address) for s in services if s.enabled and s.direct_port is not None]
    return FirewallSpec(
        ssh_from=settings.firewall.ssh_from,
        ssh_port=settings.host.port,
        open_ports=tuple(sorted(port for port, address in published if not ipaddress.ip_address(address).is_loopback)),
        interfaces=settings.firewall.interfaces,
    )


def _records(settings: Settings) -> Iterator[Record]:
    host, dns = settings.host, settings.dns
    if not isinstance(host, SshHostSettings):
        return
    for site in settings.sites:
        proxied = settings.behind_cloudflare(site)
        yield Record(name=site.host, type="A", content=host.address, proxied=proxied)
        if dns.ipv6 and host.address6:
            yield Record(name=site.host, type="AAAA", content=host.address6, proxied=proxied)


def _dns(settings: Settings) -> DnsSpec | None:
    own = settings.dns
    if own.provider is DnsProvider.BY_HAND or own.zone is None:
        return None
    return DnsSpec(zone=own.zone, adopt=own.adopt)


def _proxy(settings: Settings, stand_ins: StandIns) -> ProxySpec:
    own = settings.proxy
    local = ImageReference.parse(stand_ins.caddy) if settings.images is Images.STAND_IN else PROXY.image
    return ProxySpec(
        name=PROXY.name,
        image=own.image or local,
        http_port=own.http_port,
        https_port=own.https_port,
        bind_address=own.bind_address or settings.host.bind_address,
        bind_address6="::" if settings.dns.ipv6 else None,
        certificates=settings.certificates,
        email=own.email,
        storage=VolumeSpec(name=own.storage or settings.host.storage, path=PROXY.storage_path, copied=_CERTIFICATES),
        memory=own.memory or PROXY.memory,
        most_requests=PROXY.most_requests,
        most_waiting=PROXY.most_waiting,
        stop=PROXY.stop,
        stream_close_delay=PROXY.stream_close_delay,
        health_interval=PROXY.health_interval,
        pages=settings.pages.spec,
    )


def _service(service: Merged, secrets: Mapping[str, Secret], stand_ins: StandIns) -> ServiceSpec:
    return ServiceSpec(
        name=service.entry.name,
        purpose=service.entry.purpose,
        accessory_of=service.entry.accessory.of if service.entry.accessory else None,
        port=service.entry.port,
        protocol=service.entry.protocol,
        aliases=() if service.stand_in else service.entry.aliases,
        guarded=service.entry.guarded and not service.stand_in,
        reaches=service.reaches,
        after=tuple(entry.name for entry in service.accessories if entry.accessory and entry.accessory.first),
        swarm=service.entry.swarm and not service.stand_in,
        enabled=service.enabled,
        stopped=service.enabled and service.own.stopped is True,
        image=ImageReference.parse(stand_ins.of(service.entry.name)) if service.stand_in else service.image,
        stand_in=service.stand_in,
        command=service.command,
        first_start_cut=service.entry.first_start_cut,
        environment=service.environment,
        secrets=tuple(
            SecretUse(secret=secret, name=name, target=target, fingerprint=secrets[secret].fingerprint)
            for name, (secret, target) in sorted(service.secrets().items())
            if secret in secrets
        ),
        volumes=service.volumes,
        memory=service.memory,
        capabilities=service.capabilities,
        user=service.user,
        init=service.init,
        health=service.health,
        rollout=service.rollout,
        direct_port=service.own.direct_port,
        direct_address=service.own.direct_address,
        group=service.entry.group,
        neighbour=service.entry.neighbour,
        outward=service.entry.outward,
        settings=json.dumps(service.own.model_dump(mode="json", by_alias=True, exclude_unset=True), sort_keys=True),
    )
