"""The stack file as one model tree.

What a value may be is said here; whether the values fit each other and the catalog is said in `config.derive`. Keys
are kebab-case, unknown ones are mistakes, and nothing is converted in silence: a number is no text, text is no number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator

from config.stackfile import fields, look
from config.stackfile.pydantic_errors import translate
from config.topology.backup import BackupSpec, Drill, Keep, Timer
from config.topology.model import Certificates, Maintenance
from config.topology.pages import USUAL_COLOR, PagesSpec
from config.topology.records import DnsProvider
from config.topology.registries import Registry
from config.topology.service import ORDERS_BEFORE, Order, SecretTarget
from config.values.errors import Mistake
from config.values.names import Hostname, ImageReference
from config.values.times import TimeOfDay
from config.values.units import Duration, Memory

if TYPE_CHECKING:
    from collections.abc import Mapping


class Images(StrEnum):
    """Where the services' images come from."""

    REGISTRY = "registry"
    """The real ones."""
    STAND_IN = "stand-in"
    """Small local ones that only tell who they are; no registry and no account are needed."""


class Model(BaseModel):
    """What all parts of the stack file share."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        hide_input_in_errors=True,
    )

    @field_validator("*", mode="after")
    @classmethod
    def _not_blank(cls, value: object) -> object:
        """A line without a value is a mistake, not a value that is left out: `allow-from:` would let in everybody."""
        if value is None:
            raise Mistake("is left blank", "write a value, or remove the line")
        return value


class LocalHostSettings(Model):
    """This machine."""

    bind_address: ClassVar[str] = "127.0.0.1"
    """Where the proxy listens if nothing else is said: what runs on a laptop is not for its neighbours."""
    storage: ClassVar[str] = "smarter-net-letsencrypt"
    pinned_images: ClassVar[bool] = False

    connection: Literal["local"]
    """`local`: the Docker daemon of this machine."""


class SshHostSettings(Model):
    """A server reached over SSH."""

    bind_address: ClassVar[str] = "0.0.0.0"  # noqa: S104 - a server's proxy is there for everybody
    storage: ClassVar[str] = "/root/letsencrypt"
    """The spec's certificate storage."""
    pinned_images: ClassVar[bool] = True
    """Whether an image must name its digest, so that a plan shows the very bytes that will run."""

    connection: Literal["ssh"]
    """`ssh`: the Docker daemon of a server."""
    address: fields.IPv4 = Field(examples=["203.0.113.10"])
    """The server's public IPv4 address; every site's A record holds it."""
    address6: fields.IPv6 | None = Field(default=None, examples=["2001:db8::10"])
    """The server's public IPv6 address, if it has one; `dns.ipv6` makes use of it."""
    user: fields.UserName = "root"
    """Who logs in."""
    port: fields.Port = 22
    """Port of the SSH server."""
    listeners: fields.ListOf[fields.Port] = Field(default=(), examples=["[5355]"])
    """TCP ports that programs of the server's own may listen on, so that `make drift` does not name them."""
    host_key: fields.HostKey = Field(examples=["ssh-ed25519 AAAA…"])
    """The server's own key: type and key as `ssh-keyscan` prints them, checked out of band."""


class FirewallSettings(Model):
    """What a server lets in besides the published ports. Without `ssh-from` its own firewall is left as it is."""

    ssh_from: fields.NotEmpty[fields.Source] | None = Field(default=None, examples=["[203.0.113.5]"])
    """Addresses and networks, IPv4 or IPv6, that may reach the SSH server. No other can."""
    interfaces: fields.ListOf[fields.Interface] = Field(default=(), examples=["[wg0]"])
    """Further interfaces to trust with everything, such as a VPN's. Not Docker's own, nor the Internet's."""


class NetworkSettings(Model):
    """The bridge network that all containers share."""

    name: fields.NetworkName = "smarter-net"
    """Its name in Docker."""
    external: StrictBool | None = None
    """true: it exists and is only used. false: it is created and owned. Left out: owned unless it is there already."""


class ProxySettings(Model):
    """Caddy in front of everything."""

    http_port: fields.Port = 80
    """Published port of the redirect to https."""
    https_port: fields.Port = 443
    """Published port of the sites."""
    bind_address: fields.Address | None = None
    """Host address of both ports. Left out: 127.0.0.1 on this machine, all addresses on a server."""
    email: fields.Email | None = Field(default=None, examples=["ops@smarterbot.cl"])
    """Where Let's Encrypt writes to when something is wrong with a certificate."""
    image: ImageReference | None = None
    """Another Caddy than the catalog's."""
    storage: fields.Storage | None = None
    """Where certificates are kept: a Docker volume's name, or a directory of the host that holds nothing else."""
    memory: Memory | None = None
    """Most memory that the proxy may use."""


class MaintenanceSettings(Model):
    """A site that is closed for a while: everybody gets a page with 503. {}: with the usual words."""

    text: look.Sentence | None = Field(default=None, examples=["Volvemos a las 18:00."])
    """What the page says, in place of the usual sentence in Spanish and in English."""
    allow_from: fields.NotEmpty[fields.Source] | None = Field(default=None, examples=["[203.0.113.5]"])
    """Addresses and networks whose visitors are let in all the same."""

    @property
    def spec(self) -> Maintenance:
        """What the rest of the program knows of it."""
        return Maintenance(text=self.text or "", allow_from=self.allow_from or ())


class SiteSettings(Model):
    """One host name, and the service behind it or the host that it leads to."""

    host: Hostname
    """Full host name, such as mkt.smarterbot.cl."""
    service: fields.Text | None = Field(default=None, examples=["n8n"])
    """Name of the service in the catalog."""
    redirect_to: Hostname | None = Field(default=None, examples=["mkt.smarterbot.cl"])
    """In place of `service`: another site's host, to which visitors are sent, path and query kept."""
    proxied: StrictBool | None = None
    """Whether visitors reach this site through Cloudflare. Left out: as `dns.proxied` says."""
    allow_from: fields.NotEmpty[fields.Source] | None = Field(default=None, examples=["[203.0.113.5]"])
    """Addresses and networks whose visitors are let in; all others get a page with 403. Left out: everybody's."""
    basic_auth: fields.NotEmpty[fields.LoginName] | None = Field(default=None, examples=["[ops]"])
    """Who may visit it with a password, whose hash is in secret:basic-auth-<name>. Left out: no visitor is asked."""
    open: StrictBool = False
    """true: open to every visitor, although the service makes its first visitor the administrator."""
    max_body: Memory | None = Field(default=None, examples=["64MiB"])
    """Largest body of a request; a larger one gets 413. Left out: as large as the service takes it."""
    paths: dict[fields.SitePath, fields.Text] = Field(default={}, examples=["{/api: n8n}"])
    """Paths that another service answers, each with what lies below it; the service gets them as they came."""
    headers: dict[fields.HeaderName, fields.HeaderValue] = Field(default={}, examples=['{X-Robots-Tag: "noindex"}'])
    """Headers of whatever its services answer, in place of their own of that name."""
    maintenance: MaintenanceSettings | None = None
    """Closed for a while, as `make maintenance` writes it."""

    @staticmethod
    def password(name: str) -> str:
        """Name of the secret that holds the hash of that visitor's password, the same for all sites of a stack."""
        return f"basic-auth-{name}"


class DnsSettings(Model):
    """The DNS records of the sites."""

    provider: DnsProvider = DnsProvider.BY_HAND
    """by-hand: the outputs list what to make. cloudflare: the stack makes it, with secret:cloudflare-api-token."""
    zone: fields.ZoneId | None = Field(default=None, examples=["023e105f4ecef8ad9ca31a8372d0c353"])
    """Cloudflare's identifier of the zone, as the zone's overview page shows it."""
    proxied: StrictBool = False
    """true: visitors reach Cloudflare, and Cloudflare the server."""
    ipv6: StrictBool = False
    """true: each site also has an AAAA record with `host.address6`, and the proxy listens on IPv6 too."""
    adopt: fields.ListOf[Hostname] = ()
    """Names with a record from before: it is taken over and set, and never deleted while its name stands here."""


class HealthSettings(Model):
    """How it is known that the service works."""

    readiness: fields.UrlPath | None = None
    """Path that answers 2xx once the service can take traffic."""
    liveness: fields.UrlPath | None = None
    """Path of the cheap check that goes on for ever."""
    command: fields.HealthCommand | None = None
    """Docker health check, as a list of arguments; `none` for an image without a tool to ask with."""


class RolloutSettings(Model):
    """Order and time limits of the service's rollout."""

    order: Order | None = None
    """rolling: start new, switch, stop old. recreate: queue requests, stop old, start new."""
    start: Duration | None = None
    """Longest time from start to ready."""
    settle: Duration | None = None
    """How long a new container must stay ready before the old one goes."""
    drain: Duration | None = None
    """Longest wait for the old container's last request."""
    stop: Duration | None = None
    """Grace between SIGTERM and SIGKILL."""
    hold: Duration | None = None
    """Longest time that the proxy holds a request while no container answers."""

    @field_validator("order", mode="before")
    @classmethod
    def _as_it_was_called(cls, value: object) -> object:
        return ORDERS_BEFORE.get(value, value) if isinstance(value, str) else value


class SecretSettings(Model):
    """One secret that the service needs besides the catalog's."""

    secret: fields.SecretName = Field(examples=["smtp-password"])
    """Its name below `secret:`."""
    target: SecretTarget = Field(default=SecretTarget.ENVIRONMENT, alias="as")
    """As a file (the variable is then called `<name>_FILE`), or as an environment variable."""
    generate: StrictBool = False
    """true: `make secrets` makes its value up. false: a third party gave it to the operator, who is asked for it."""


class RegistrySettings(Model):
    """A registry that gives its images only to who logs in; with secret:registry-<host>, hyphens in place of dots."""

    host: fields.RegistryHost = Field(examples=["ghcr.io"])
    """Its host name, as the images begin with it."""
    user: fields.Text = Field(examples=["smartercl"])
    """Who logs in."""

    @property
    def registry(self) -> Registry:
        """What the rest of the program knows of it."""
        return Registry(host=self.host, user=self.user)


class PagesSettings(Model):
    """The pages that visitors see of the proxy itself, in Spanish or in English as their browser asks."""

    name: look.CompanyName | None = Field(default=None, examples=["SmarterOS"])
    """The company's name."""
    color: look.Color = Field(default=USUAL_COLOR, examples=["#0b6e4f"])
    """Of the line above the page, as #rrggbb."""
    logo: look.Logo | None = Field(default=None, examples=["brand/logo.svg"])
    """File of the company's logo, SVG, PNG, JPEG or WebP, up to 32 KiB; its path is seen from the stack file."""
    template: look.Template | None = Field(default=None, examples=["brand/page.html"])
    """File of an HTML page of your own, up to 16 KiB, in which {{title}}, {{text}} and {{note}} are filled in."""

    @property
    def spec(self) -> PagesSpec:
        """What the rest of the program knows of it."""
        return PagesSpec(name=self.name or "", color=self.color, logo=self.logo or "", template=self.template or "")


class ServiceSettings(Model):
    """One service of this stack: what it does differently from the catalog."""

    enabled: StrictBool | None = None
    """false: only planned. Its sites answer 503 and say so."""
    stopped: StrictBool | None = None
    """true: stopped until `make start`. Its sites answer 503 and say so; its data and its database stay as they are."""
    image: ImageReference | None = None
    """The image to run, in place of the catalog's and of a stand-in."""
    memory: Memory | None = None
    """Most memory that it may use."""
    environment: dict[fields.VariableName, fields.VariableValue] = Field(default={})
    """Environment variables, no secrets among them."""
    secrets: dict[fields.VariableName, SecretSettings] = Field(default={})
    """Environment variables whose values are secrets."""
    reaches: fields.ListOf[fields.Text] = ()
    """Databases of other services that it may reach, such as n8n-postgres; its own it reaches anyway."""
    command: fields.Command | None = None
    """Arguments to the image's entry point."""
    health: HealthSettings = HealthSettings()
    rollout: RolloutSettings = RolloutSettings()
    direct_port: fields.Port | None = None
    """Port of the host that leads to the service directly, past the proxy."""
    direct_address: fields.Address = "127.0.0.1"
    """Host address of the direct port, which asks no visitor for a password: a closed service keeps to 127.0.0.1 or
    to an address of a VPN."""


class KeepSettings(Model):
    """How many backups are kept; what none of these keeps is removed after the next good backup. {}: all are kept."""

    last: fields.Count | None = Field(default=None, examples=["3"])
    """The newest ones."""
    daily: fields.Count | None = Field(default=None, examples=["7"])
    """The last one of each of so many days."""
    weekly: fields.Count | None = Field(default=None, examples=["5"])
    """The last one of each of so many weeks."""
    monthly: fields.Count | None = Field(default=None, examples=["12"])
    """The last one of each of so many months."""


class BackupSettings(Model):
    """Encrypted, incremental backups that the host makes itself. Without `to`, `make backup` copies to this machine."""

    to: fields.Repository | None = Field(default=None, examples=["sftp:backup@backup.example.com:/srv/backup"])
    """The repository, as the host reaches it: a path there, sftp:user@host:/path, or s3:https://host/bucket."""
    keep: KeepSettings = KeepSettings()
    at: TimeOfDay | None = None
    """When the host makes one each day, by a timer of its own. Without: when `make backup` asks for it."""
    drill: Drill | None = None
    """How often the host tries, after a backup by its timer, whether it could be put back; with `at` weekly."""

    @property
    def spec(self) -> BackupSpec | None:
        """What the rest of the program knows of it."""
        if self.to is None:
            return None
        own = self.keep
        keep = Keep(last=own.last or 0, daily=own.daily or 0, weekly=own.weekly or 0, monthly=own.monthly or 0)
        timer = Timer(calendar=self.at.calendar, drill=self.drill or Drill.WEEKLY) if self.at else None
        return BackupSpec(to=self.to, keep=keep, timer=timer)


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
    services: dict[fields.Text, ServiceSettings] = Field(examples=["{n8n: {}}"])
    """The services that exist in this stack, by their names in the catalog, each with what it does differently; {} for
    nothing. A service that is not named does not exist."""

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
