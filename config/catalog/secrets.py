"""Which secrets a stack uses, and what is known of each: from the catalog, and from the stack file's own `secrets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.catalog.accessories import accessories_of, entries
from config.catalog.entry import Origin
from config.catalog.merged import present as services
from config.topology.backup import PASSWORD
from config.topology.records import SHORTEST_TOKEN, TOKEN, DnsProvider

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from config.catalog.merged import Merged
    from config.stackfile.settings import Settings

SHORTEST_PASSWORD = 20
"""Characters. Wrong ones are not counted: only its length keeps a password from being guessed."""
LOST = "the backups that are there could not be read with another one"
_KNOWN = {need.secret: need for entry in entries().values() for need in entry.secrets}
"""The catalog's secrets by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One secret of a stack."""

    name: str
    used_by: tuple[str, ...]
    """The enabled services that get it, or what is logged in to with it: sites, a registry; empty: unused."""
    origin: Origin
    length: int
    """Fewest characters; of a password, not of its hash."""
    permanent: str | None
    """What a new value would do to the data; None: it may be rotated."""
    volumes: tuple[str, ...]
    """Data that a permanent secret belongs to, by the names of its Docker volumes."""


def needs(settings: Settings, present: Collection[str]) -> list[Need]:
    """Return the secrets that the enabled services need or use, then those of `present` that no service uses."""
    users: dict[str, list[str]] = {}
    origins: dict[str, Origin] = {}
    for name, service in services(settings).items():
        if not service.enabled:
            continue
        for secret in _used(service, present):
            users.setdefault(secret, []).append(name)
        origins |= {use.secret: Origin.MADE for use in service.own.secrets.values() if use.generate}
    for site in settings.sites:
        for name in site.basic_auth or ():
            users.setdefault(site.password(name), []).append(str(site.host))
            origins[site.password(name)] = Origin.PASSWORD
    if settings.dns.provider is DnsProvider.CLOUDFLARE:
        users[TOKEN] = ["Cloudflare"]
        origins[TOKEN] = Origin.LOG_IN
    for each in settings.registries:
        users.setdefault(each.registry.secret, []).append(each.host)
        origins[each.registry.secret] = Origin.LOG_IN
    for name, by, origin in _of_parts(settings):
        users.setdefault(name, []).append(by)
        origins.setdefault(name, origin)
    unused: dict[str, list[str]] = {secret: [] for secret in sorted(present) if secret not in users}
    return [_need(secret, by, origins.get(secret, Origin.OPERATOR)) for secret, by in {**users, **unused}.items()]


def _of_parts(settings: Settings) -> Iterator[tuple[str, str, Origin]]:
    """Yield what is no service's: its name, what it is for, where it comes from."""
    for name in settings.backup.spec.secrets if settings.backup.spec else ():
        yield name, "backups", Origin.MADE if name == PASSWORD else Origin.LOG_IN
    for name in settings.watch.spec.secrets if settings.watch.spec else ():
        yield name, "messages", Origin.LOG_IN


def _used(service: Merged, present: Collection[str]) -> Iterator[str]:
    """Yield what one service gets, each once. A stand-in gets the catalog's secrets if they are there."""
    required = {need.secret for need in service.needed_secrets}
    required |= {use.secret for use in service.own.secrets.values()}
    for secret in dict.fromkeys(secret for secret, _ in service.secrets().values()):
        if secret in required or secret in present:
            yield secret


def _need(secret: str, users: list[str], origin: Origin) -> Need:
    known = _KNOWN.get(secret)
    if known is None:
        length = SHORTEST_PASSWORD if origin is Origin.PASSWORD else SHORTEST_TOKEN if secret == TOKEN else 1
        permanent = LOST if secret == PASSWORD else None
        return Need(name=secret, used_by=tuple(users), origin=origin, length=length, permanent=permanent, volumes=())
    owners = [entry for entry in entries().values() if known in entry.secrets]
    keepers = [*owners, *(keeper for owner in owners for keeper, _ in accessories_of(owner.name))]
    volumes = tuple(volume.name for entry in keepers for volume in entry.volumes if not volume.name.startswith("/"))
    return Need(
        name=secret,
        used_by=tuple(users),
        origin=known.origin,
        length=known.length,
        permanent=known.permanent,
        volumes=volumes,
    )
