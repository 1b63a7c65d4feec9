"""The stack file as one model tree.

What a value may be is said here; whether the values fit each other and the catalog is said in `config.derive`. Keys
are kebab-case, unknown ones are mistakes, and nothing is converted in silence: a number is no text, text is no number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationError

from config.stackfile import fields
from config.stackfile.backup_settings import BackupSettings
from config.stackfile.host_settings import FirewallSettings, LocalHostSettings, NetworkSettings, SshHostSettings
from config.stackfile.part import Model
from config.stackfile.pydantic_errors import translate
from config.stackfile.service_settings import RegistrySettings, ServiceSettings
from config.stackfile.site_settings import DnsSettings, PagesSettings, ProxySettings, SiteSettings
from config.stackfile.watch_settings import WatchSettings
from config.topology.model import Certificates

if TYPE_CHECKING:
    from collections.abc import Mapping


class Images(StrEnum):
    """Where the services' images come from."""

    REGISTRY = "registry"
    """The real ones."""
    STAND_IN = "stand-in"
    """Small local ones that only tell who they are; no registry and no account are needed."""


class Settings(Model):
    """One stack: the part of its file below `config:` whose keys start with `smarter-net:`."""

    host: Annotated[LocalHostSettings | SshHostSettings, Field(discriminator="connection")] = Field(
        examples=["{connection: local}"]
    )
    """The machine that everything runs on."""
    firewall: FirewallSettings = FirewallSettings()
    """What a server lets in; everything else is dropped."""
    network: NetworkSettings = NetworkSettings()
    images: Images = Images.REGISTRY
    """registry: the services' real images. stand-in: small local ones in their place."""
    registries: fields.ListOf[RegistrySettings] = ()
    """Registries of private images, each with its log-in."""
    certificates: Certificates = Field(examples=["internal"])
    """internal: Caddy's own authority. lets-encrypt: trusted by browsers. lets-encrypt-staging: for trials."""
    proxy: ProxySettings = ProxySettings()
    sites: fields.NotEmpty[SiteSettings] = Field(examples=["[{host: mkt.smarterbot.cl, service: smarteros-blogbowl}]"])
    """The host names of this stack, in the order they are shown in."""
    pages: PagesSettings = PagesSettings()
    dns: DnsSettings = DnsSettings()
    backup: BackupSettings = BackupSettings()
    watch: WatchSettings = WatchSettings()
    services: dict[fields.Text, ServiceSettings] = Field(examples=["{n8n: {}}"])
    """The services that exist in this stack: those of the catalog by their names there, each with what it does
    differently, {} for nothing; and your own, with `image`, `port` and `health`. What is not named does not exist."""

    def behind_cloudflare(self, site: SiteSettings) -> bool:
        """Whether visitors reach Cloudflare, and Cloudflare the server: the site's own word, else the stack's."""
        return self.dns.proxied if site.proxied is None else site.proxied

    def served_by(self, site: SiteSettings) -> str:
        """Name of the service that a site's visitors reach in the end; empty where the stack file names none."""
        target = next((other for other in self.sites if other.host == site.redirect_to), site)
        return target.service or ""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Return the model of a stack file's own keys, prefix taken off; `StackError` if they are not right."""
        try:
            return cls.model_validate(dict(raw))
        except ValidationError as error:
            raise translate(error, cls, raw) from None
