"""The checks of a stack file's sites: each host once, with a service, and protected where it has to be."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from config.catalog.accessories import ACCESSORIES
from config.catalog.services import CATALOG
from config.stackfile.host_settings import SshHostSettings
from config.values.errors import StackError, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from config.catalog.merged import Merged
    from config.stackfile.settings import Settings
    from config.stackfile.site_settings import SiteSettings
    from config.values.names import Hostname
    from config.values.secret import Secret


NOT_FOR_A_SITE = {
    "connection", "content-encoding", "content-length", "content-range", "content-type", "date", "etag", "keep-alive",
    "last-modified", "location", "retry-after", "server", "set-cookie", "strict-transport-security", "trailer",
    "transfer-encoding", "upgrade", "vary", "www-authenticate", "x-content-type-options", "x-powered-by",
}  # fmt: skip
"""Headers that every answer has of its own, or that the proxy sets."""
INTERNET4 = ipaddress.IPv4Network("0.0.0.0/0")
INTERNET6 = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6."""


def mistakes(settings: Settings, services: Mapping[str, Merged]) -> Iterator[StackError]:
    """Yield what is wrong with the sites, in the order of the stack file. `services`: what exists in the stack."""
    seen: dict[str, int] = {}
    for index, site in enumerate(settings.sites):
        key = f"sites[{index}]"
        if site.redirect_to is not None:
            yield from _redirect(key, site, site.redirect_to, settings)
        elif site.service is None:
            cure = "name a service of the catalog, or write `redirect-to:` with another site's host"
            yield StackError(f"{key}.service", "is missing", cure)
        else:
            yield from _service(f"{key}.service", site.service, services)
        earlier = seen.setdefault(str(site.host), index)
        if earlier != index:
            problem = f"{site.host} is the host of sites[{earlier}] already"
            yield StackError(f"{key}.host", problem, "a host has one service; remove one of the two")
        yield from _allow_from(f"{key}.allow-from", site, site.allow_from, settings)
        if site.maintenance:
            let_in = site.maintenance.allow_from
            yield from _allow_from(f"{key}.maintenance.allow-from", site, let_in, settings)
        yield from _basic_auth(key, site)
        yield from _paths(key, site, services)
        yield from _headers(key, site)
        if isinstance(settings.host, SshHostSettings):
            for name in dict.fromkeys([site.service or "", *site.paths.values()]):
                if name in services:
                    yield from _first_visitor(key, site, services[name])


def _service(key: str, name: str, services: Mapping[str, Merged]) -> Iterator[StackError]:
    accessory = ACCESSORIES.get(name)
    own = [each for each, service in services.items() if not (service.entry.accessory or service.entry.group)]
    if accessory and accessory.accessory:
        problem = f"{name} is there for {accessory.accessory.of} alone"
        yield StackError(key, problem, f"name {accessory.accessory.of}, or another service")
    elif name not in {*CATALOG, *own}:
        problem = f"{shown(name)} is neither in the catalog nor a service of this stack"
        yield StackError(key, problem, did_you_mean(name, {*CATALOG, *own}))
    elif name not in services:
        problem = f"{name} does not exist in this stack: services does not name it"
        yield StackError(key, problem, f"add `{name}: {{}}` to services, or remove the site")


def _paths(key: str, site: SiteSettings, services: Mapping[str, Merged]) -> Iterator[StackError]:
    """Paths that another service answers, under what the site asks of its visitors."""
    seen: dict[str, str] = {}
    for path, name in site.paths.items():
        where = f"{key}.paths.{path}"
        earlier = seen.setdefault(path.lower(), path)
        own = services[site.service].entry.public_paths if site.service and site.service in services else ()
        public = next((each for each in own if _overlap(each.lower(), path.lower())), None)
        if earlier != path:
            yield StackError(
                where, f"{earlier} is there already, and case makes no difference", "remove one of the two"
            )
        elif name == site.service:
            yield StackError(where, f"{name} answers the whole site anyhow", "remove it")
        elif public:
            problem = f"{public} of {site.service} is for everybody, whatever the site asks"
            yield StackError(where, problem, "give the other service a site of its own")
        elif name in services and services[name].entry.guarded:
            yield StackError(where, f"{name} commands this server", "give it a site of its own")
        else:
            yield from _service(where, name, services)


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _headers(key: str, site: SiteSettings) -> Iterator[StackError]:
    seen: dict[str, str] = {}
    for name in site.headers:
        earlier = seen.setdefault(name.lower(), name)
        if name.lower() in NOT_FOR_A_SITE:
            yield StackError(f"{key}.headers.{name}", "belongs to the proxy or to one answer alone", "remove it")
        elif earlier != name:
            yield StackError(f"{key}.headers.{name}", f"is {earlier}, which is there already", "remove one of the two")


def _redirect(key: str, site: SiteSettings, to: Hostname, settings: Settings) -> Iterator[StackError]:
    """A host that leads to another site's has nothing of its own, and leads there at once."""
    hosts = {other.host: index for index, other in enumerate(settings.sites) if other.redirect_to is None}
    if site.service is not None:
        problem = f"the site has {site.service} behind it as well"
        yield StackError(f"{key}.redirect-to", problem, "remove `service` or `redirect-to`")
    elif to not in hosts and any(other.host == to for other in settings.sites):
        problem = f"{to} is itself a host that leads to another" if to != site.host else "leads to itself"
        yield StackError(f"{key}.redirect-to", problem, "write the host that has the service")
    elif to not in hosts:
        cure = did_you_mean(str(to), map(str, hosts))
        yield StackError(f"{key}.redirect-to", f"{to} is no site of this stack", cure)
    for name in ("allow-from", "basic-auth", "open", "max-body", "maintenance", "paths", "headers"):
        if getattr(site, name.replace("-", "_")):
            where = f"sites[{hosts[to]}]" if to in hosts else "the other site"
            problem = f"is of no use at a host that only leads to {to}"
            yield StackError(f"{key}.{name}", problem, f"remove it, or move it to {where}")


def _allow_from(
    key: str, site: SiteSettings, sources: tuple[str, ...] | None, settings: Settings
) -> Iterator[StackError]:
    if _is_everybody(sources or ()):
        problem = "lets in everybody, so it closes nothing"
        yield StackError(key, problem, "name the addresses that are meant; where everybody is, write `open: true`")
    elif sources and settings.behind_cloudflare(site):
        problem = "is of no use behind Cloudflare: all visitors come from its addresses"
        yield StackError(key, problem, "set `proxied: false` for this site, or remove it")
    elif sources and settings.dns.ipv6:
        problem = "would refuse everybody who comes over IPv6: Docker hides their addresses from the proxy"
        yield StackError(key, problem, "leave dns.ipv6 out, or remove it")


def _basic_auth(key: str, site: SiteSettings) -> Iterator[StackError]:
    names = site.basic_auth or ()
    for place, name in enumerate(names):
        if name in names[:place]:
            yield StackError(f"{key}.basic-auth[{place}]", f"{name} is there already", "remove one of the two")


def _is_everybody(sources: Iterable[str]) -> bool:
    """Whether half of the Internet's IPv4 or IPv6 addresses or more are among them, in however many parts."""
    networks = [ipaddress.ip_network(source) for source in sources]
    four = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv6Network))
    # All of what is given out lies in one network, or that one in a larger one.
    inside = [INTERNET6 if each.supernet_of(INTERNET6) else each for each in six if each.overlaps(INTERNET6)]
    return (
        sum(each.num_addresses for each in four) * 2 >= INTERNET4.num_addresses
        or sum(each.num_addresses for each in inside) * 2 >= INTERNET6.num_addresses
    )


def passwords(settings: Settings, secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    """Yield what is wrong with the secrets of visitors who log in; each once, on however many sites."""
    places = {name: site for site in reversed(settings.sites) for name in site.basic_auth or ()}
    for name, site in places.items():
        secret = site.password(name)
        if secret not in secrets:
            problem = f"is missing: {name} logs in to {site.host} with it"
            yield StackError(f"secret:{secret}", problem, "run `make secrets`, which asks for the password")
        elif secrets[secret].hashed is False:
            problem = "is no bcrypt hash of a password"
            yield StackError(f"secret:{secret}", problem, f"run `make secrets ROTATE={secret}`, which makes one")


def _first_visitor(key: str, site: SiteSettings, service: Merged) -> Iterator[StackError]:
    """A service that makes its first visitor the administrator is closed until the operator says otherwise."""
    closed = site.allow_from or site.basic_auth
    if site.open and closed:
        problem = "says that everybody is let in, and the site's own lists say who is"
        yield StackError(f"{key}.open", problem, "remove the one or the other")
    if service.enabled and service.entry.first_visitor and not (site.open or closed):
        problem = f"is open to everybody, and {service.entry.first_visitor}"
        cure = "add `basic-auth: [ops]` or `allow-from: [<your address>]`; `open: true` once that was you"
        yield StackError(key, problem, cure)
