"""One service of one stack: what the catalog says of it, and what the stack file says differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from config.catalog.accessories import accessories_of
from config.catalog.own import every_entry
from config.catalog.services import CATALOG, STAND_IN
from config.stackfile.service_settings import ServiceSettings
from config.stackfile.settings import Images
from config.topology.data import Files
from config.topology.model import PROJECT
from config.topology.service import Health, Order, Protocol, Rollout, SecretTarget, VolumeSpec
from config.values.names import ImageReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.catalog.entry import Entry, NeededSecret
    from config.stackfile.service_settings import SecretSettings
    from config.stackfile.settings import Settings
    from config.stackfile.site_settings import SiteSettings
    from config.values.units import Capability, Memory

_MARGIN_SECONDS = 15
"""Between the end of running work and the kill, for closing databases and connections."""
_NOTHING = ServiceSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A catalog entry under a stack's settings. Decides every default; checks nothing."""

    entry: Entry
    own: ServiceSettings
    stand_in: bool
    """A stand-in takes the place of the real image."""
    enabled: bool
    """Whether it runs."""
    usual_image: ImageReference | None
    """The real image if the stack file names none."""
    accessories: tuple[Entry, ...]
    """Those that run beside it."""
    site: SiteSettings | None
    """The service's first site."""
    https_port: int

    @classmethod
    def of(cls, entry: Entry, settings: Settings) -> Merged:
        """Return the service of that entry, in the stack of those settings."""
        own = settings.services.get(entry.name, _NOTHING)
        return cls(
            entry=entry,
            own=own,
            stand_in=_stand_in(entry, settings),
            enabled=_enabled(entry, settings),
            usual_image=_usual_image(entry, settings),
            accessories=tuple(found for found, _ in accessories_of(entry.name) if _enabled(found, settings)),
            site=next((site for site in settings.sites if site.service == entry.name), None),
            https_port=settings.proxy.https_port,
        )

    @property
    def image(self) -> ImageReference | None:
        """The real image, if there is one."""
        return self.own.image or self.usual_image

    @property
    def memory(self) -> Memory:
        """Most memory that it may use."""
        return self.own.memory or (STAND_IN.memory if self.stand_in else self.entry.memory)

    @property
    def least_memory(self) -> Memory:
        """Less than this, and it does not start."""
        return STAND_IN.least_memory if self.stand_in else self.entry.least_memory

    @property
    def rollout(self) -> Rollout:
        """Order and times; a stand-in is quicker than what it stands for."""
        base = self.entry.rollout
        if self.stand_in:
            base = replace(base, start=STAND_IN.start, settle=STAND_IN.settle)
        own = self.own.rollout
        return Rollout(
            order=own.order or base.order,
            start=own.start or base.start,
            settle=own.settle or base.settle,
            drain=own.drain or base.drain,
            stop=own.stop or base.stop,
            hold=own.hold or base.hold,
        )

    @property
    def health(self) -> Health:
        """Paths and command. The stack file's command is the real image's; a stand-in has its own."""
        own = self.own.health
        return Health(
            readiness=own.readiness or self.entry.health.readiness,
            liveness=self.liveness,
            command=self._health_command() or None,
            failure=self.entry.health.failure,
        )

    @property
    def liveness(self) -> str:
        """Path of the cheap check."""
        return self.own.health.liveness or self.entry.health.liveness

    @property
    def command(self) -> tuple[str, ...] | None:
        """Arguments to the real image's entry point; a stand-in takes none."""
        return None if self.stand_in else self.own.command or self.entry.command

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What the real image needs to start."""
        return () if self.stand_in else self.entry.capabilities

    @property
    def user(self) -> str | None:
        """The real image's user, where it is not the image that says it."""
        return None if self.stand_in else self.entry.user

    @property
    def init(self) -> bool:
        """Whether Docker's init process is needed; a second one beside an image's own complains at each start."""
        return not self.entry.init

    @property
    def volumes(self) -> tuple[VolumeSpec, ...]:
        """The data. A stand-in gets one volume of its own, so that it touches neither real data nor the host."""
        if not self.stand_in:
            return self.entry.volumes
        return tuple(
            VolumeSpec(name=f"{PROJECT}-{self.entry.name}-stand-in", path=volume.path, copied=Files())
            for volume in self.entry.volumes[:1]
        )

    @property
    def reaches(self) -> tuple[str, ...]:
        """What it reaches past the proxy: its own accessories that speak no HTTP, and what the stack file names."""
        own = {entry.name for entry in self.accessories if entry.protocol is not Protocol.HTTP and not self.stand_in}
        return tuple(sorted(own.union(self.own.reaches, self.entry.reaches)))

    @property
    def environment(self) -> dict[str, str]:
        """All variables that are no secrets; the stack file's win."""
        return dict(sorted({**self.given_environment, **self.own.environment}.items()))

    @property
    def given_environment(self) -> dict[str, str]:
        """The variables that the catalog gives, filled in."""
        if self.stand_in:
            return self._stand_in_environment()
        return {
            name: self._fill(value)
            for name, value in {**self.entry.environment, **self._accessories_give()}.items()
            if self.site or not ("{url}" in value or "{host}" in value)
        }

    def _accessories_give(self) -> dict[str, str]:
        ties = [entry.accessory for entry in self.accessories if entry.accessory]
        return {name: value for tie in ties for name, value in tie.gives.items()}

    @property
    def fixed_variables(self) -> set[str]:
        """Variables that the rest of the network relies on."""
        if self.stand_in:
            return set(self.given_environment) | {"RELEASE"}
        with_port = {name for name, value in self.entry.environment.items() if "{port}" in value}
        return with_port | set(self.entry.fixed) | set(self._accessories_give())

    @property
    def catalog_secrets(self) -> tuple[NeededSecret, ...]:
        """Its own of the catalog, and those that it gets with its accessories."""
        ties = [entry.accessory for entry in self.accessories if entry.accessory]
        return (*self.entry.secrets, *(need for tie in ties for need in tie.secrets))

    @property
    def needed_secrets(self) -> tuple[NeededSecret, ...]:
        """The catalog's secrets without which it must not start; a stand-in starts without."""
        return () if self.stand_in or not self.enabled else self.catalog_secrets

    def secrets(self) -> Mapping[str, tuple[str, SecretTarget]]:
        """All secrets by the variable they end in: the secret's name, and how it gets there."""
        uses = {need.variable: (need.secret, need.target) for need in self.catalog_secrets}
        uses |= {name: (use.secret, use.target) for name, use in self.own.secrets.items()}
        return {variable(name, target): (secret, target) for name, (secret, target) in uses.items()}

    def _health_command(self) -> tuple[str, ...]:
        if self.own.health.command is not None and not self.stand_in:
            return self.own.health.command
        command = STAND_IN.probe if self.stand_in else self.entry.health.command or ()
        return tuple(self._fill(part) for part in command)

    def _stand_in_environment(self) -> dict[str, str]:
        paths = dict.fromkeys((self.health.readiness, self.health.liveness))
        environment = {
            "STANDIN_SERVICE": self.entry.name,
            "STANDIN_VERSION": self.entry.version,
            "PORT": str(self.entry.port),
            "HEALTH_PATH": ",".join(paths),
        }
        if self.volumes and self.rollout.order is Order.RECREATE:
            environment["DATA_DIR"] = self.volumes[0].path
        return environment

    def _fill(self, template: str) -> str:
        host = str(self.site.host) if self.site else ""
        return template.format(
            host=host,
            url=url(host, self.https_port),
            port=self.entry.port,
            liveness=self.liveness,
            heap=self.memory.mebibytes // 2,
            finish=max(1, int(self.rollout.stop.seconds) - _MARGIN_SECONDS),
        )


def present(settings: Settings) -> dict[str, Merged]:
    """Return what exists in a stack, by its names: each service that its file names, and after it its accessories."""
    return {
        entry.name: Merged.of(entry, settings) for entry in every_entry(settings).values() if _exists(entry, settings)
    }


def _exists(entry: Entry, settings: Settings) -> bool:
    if entry.group:
        return settings.watch.tell is not None
    return (entry.accessory.of if entry.accessory else entry.name) in settings.services


def _stand_in(entry: Entry, settings: Settings) -> bool:
    """Whether a stand-in takes the service's place; an accessory has none, and no part of a group."""
    own = settings.services.get(entry.name, _NOTHING)
    may = entry.accessory is None and not entry.group
    return may and settings.images is Images.STAND_IN and own.image is None


def _enabled(entry: Entry, settings: Settings) -> bool:
    own = settings.services.get(entry.name, _NOTHING)
    if own.enabled is not None:
        return own.enabled
    if entry.accessory is None:
        return entry.enabled
    service = CATALOG[entry.accessory.of]
    return _enabled(service, settings) and not _stand_in(service, settings)


def _usual_image(entry: Entry, settings: Settings) -> ImageReference | None:
    """The catalog's image; of the version that its service has, for an accessory that has to have the same."""
    tie = entry.accessory
    if tie and tie.same_version and entry.repository:
        beside = Merged.of(CATALOG[tie.of], settings).image
        return ImageReference(entry.repository, beside.tag) if beside else None
    return entry.image


def url(host: str, https_port: int) -> str:
    """Return a site's address as a browser needs it."""
    return f"https://{host}" if https_port == 443 else f"https://{host}:{https_port}"  # noqa: PLR2004 - https's own


def variable(name: str, target: SecretTarget) -> str:
    """Return the environment variable's full name: that of a file's path ends in `_FILE`."""
    return name if target is SecretTarget.ENVIRONMENT or name.endswith("_FILE") else f"{name}_FILE"


def own_variables(secrets: Mapping[str, SecretSettings]) -> dict[str, str]:
    """Return the full names of a stack file's secret variables, by the names that stand in the file."""
    return {name: variable(name, use.target) for name, use in secrets.items()}
