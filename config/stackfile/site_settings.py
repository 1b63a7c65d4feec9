"""What visitors meet, in a stack file: the proxy, the sites, their pages, their DNS records."""

from __future__ import annotations

from pydantic import Field, StrictBool

from config.stackfile import fields, look
from config.stackfile.part import Model
from config.topology.model import Maintenance
from config.topology.pages import USUAL_COLOR, PagesSpec
from config.topology.records import DnsProvider
from config.values.names import Hostname, ImageReference
from config.values.units import Memory


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
    """Name of the service."""
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
