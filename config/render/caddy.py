"""Topology -> Caddy's native JSON.

Pure: the same topology gives the same bytes. The bytes are those that Caddy's own `GET /config/` answers with after
it loaded them (sorted keys, no spaces, Go's HTML-safe escapes), so that the running config can be compared by `cmp`.

Where the current container of a service is, is not in here. A rollout writes it to `releases/<service>` beside the
config, and the upstream reads that file at every dial. So no rollout reloads the proxy: a reload closes HTTP/1.1
connections on which a request is just coming in (measured: about one failed request in each reload under load), and
leaves requests that are held with the address they came with.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from config.render import caddy_access, caddy_handlers, caddy_headers, caddy_logging, caddy_login, caddy_pages
from config.topology.model import Certificates
from config.topology.service import FIGURES_PORT
from config.values.units import Duration

if TYPE_CHECKING:
    from config.render.caddy_handlers import JSON
    from config.topology.model import ProxySpec, SiteSpec, Topology
    from config.topology.service import ServiceSpec

STORAGE_DIRECTORY = "/root/letsencrypt"
ADMIN_SOCKET = "unix//run/caddy/admin.sock"
STATUS_ADDRESS = "127.0.0.1:2020"
"""Inside the proxy container only: its health, its running config and what it waits for, read-only."""
BEHIND = "/behind/"
"""Below it, at that address: a service that asks its neighbours for a password, as the proxy reaches it."""

DRAIN = Duration(3_000)
"""How long a server that is to go tells each client so with its answer, before it closes what is idle.

A connection that is closed while a request comes in loses that request: HTTP/1.1 has no way to say that it was not
read. One that says `Connection: close` with its last answer loses nothing.
"""
KILL_MARGIN_MILLISECONDS = 2_000
"""Caddy's grace ends this long before Docker's: a proxy that is killed closes nothing."""


def render(topology: Topology) -> str:
    """The proxy's config, as one line of text."""
    return canonical(_config(topology))


def canonical(config: JSON) -> str:
    """JSON as Go's encoder writes it: sorted, compact, `<`, `>`, `&` and the two line separators escaped."""
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text + "\n"


def _config(topology: Topology) -> JSON:
    proxy = topology.proxy
    apps: JSON = {
        "http": {
            "grace_period": _grace(proxy),
            "shutdown_delay": str(DRAIN),
            "servers": {name: _draining(server) for name, server in _servers(topology).items()},
        },
        "tls": {"automation": {"policies": [{"issuers": [_issuer(proxy)]}]}},
    }
    if topology.watch:
        apps["http"]["metrics"] = {"per_host": True}
    if proxy.certificates is Certificates.INTERNAL:
        apps["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    config = {
        "admin": {"listen": f"{ADMIN_SOCKET}|0600", "config": {"persist": False}},
        "storage": {"module": "file_system", "root": STORAGE_DIRECTORY},
        "logging": caddy_logging.logging(),
        "apps": apps,
    }
    _give_each_server_an_address_of_its_own(config)
    return config


def _grace(proxy: ProxySpec) -> str:
    return str(Duration(max(proxy.stop.milliseconds - DRAIN.milliseconds - KILL_MARGIN_MILLISECONDS, 1)))


def _draining(server: JSON) -> JSON:
    """The server, its first route having clients close their connections once it is to go. WebSockets outlive it."""
    closing = {
        "match": [{"vars": {"{http.shutting_down}": ["true"]}, "not": [{"header": {"Upgrade": ["*"]}}]}],
        "handle": [{"handler": "headers", "response": {"set": {"Connection": ["close"]}}}],
    }
    return {**server, "routes": [closing, *server["routes"]]}


def _give_each_server_an_address_of_its_own(config: JSON) -> None:
    """One more address for each server, unlike in any other config; no client connects to it.

    Caddy keeps to `shutdown_delay` only for a server that has an address which the config after it does not have.
    """
    digest = hashlib.sha256(canonical(config).encode()).hexdigest()[:12]
    for name, server in config["apps"]["http"]["servers"].items():
        server["listen"].append(f"unix//run/caddy/{name}-{digest}.sock|0600")


def _servers(topology: Topology) -> JSON:
    return {
        "edge": _edge(topology),
        "redirect": _redirect(topology),
        "status": _status(topology),
        **caddy_login.servers(site.protection.logins for site in topology.sites),
        **caddy_handlers.waiting_rooms(topology),
        **_network(topology),
        **_direct(topology),
        **(_figures() if topology.watch else {}),
    }


def _figures() -> JSON:
    """How many requests there were, how long they took and what they were answered; for the network alone."""
    route = {"match": [{"method": ["GET"], "path": ["/metrics"]}], "handle": [{"handler": "metrics"}], "terminal": True}
    listen = {"listen": [f":{FIGURES_PORT}"], "protocols": ["h1"], "automatic_https": {"disable": True}}
    return {"figures": {**listen, "routes": [route, caddy_handlers.refuse()]}}


def _edge(topology: Topology) -> JSON:
    """The one automatic-HTTPS server. A host that no site names gets no certificate, and no answer."""
    behind = {name for site in topology.sites for name in site.services}
    return {
        "listen": [":443"],
        "protocols": ["h1", "h2"],
        **caddy_handlers.DUPLEX,
        "tls_connection_policies": [{"protocol_min": "tls1.2", "protocol_max": "tls1.3"}],
        "automatic_https": {"disable_redirects": True},
        "read_header_timeout": "10s",
        "named_routes": {
            service.name: {"handle": caddy_handlers.handlers(service, topology.proxy)}
            for service in topology.proxied
            if service.name in behind
        },
        "routes": [
            *caddy_pages.logo(topology.proxy.pages),
            *caddy_headers.routes([str(record.name) for record in topology.records if record.proxied]),
            *(_site(site, topology.proxy) for site in topology.sites),
            caddy_handlers.refuse(),
        ],
        "errors": {"routes": [*caddy_handlers.error_pages(topology.proxy), caddy_handlers.log_in_page(topology.proxy)]},
        "logs": {"default_logger_name": caddy_logging.ACCESS},
    }


def _site(site: SiteSpec, proxy: ProxySpec) -> JSON:
    answering = [
        {"handler": "encode", "encodings": {"gzip": {}, "zstd": {}}, "prefer": ["zstd", "gzip"]},
        *([caddy_access.maintenance(site.maintenance, proxy.pages)] if site.maintenance else []),
        *caddy_access.handlers(site.protection, proxy.pages),
        *_by_path(site),
        {"handler": "invoke", "name": site.service},
    ]
    return {
        "match": [{"host": [str(site.host)]}],
        "handle": [
            caddy_logging.USER_AGENT,
            *caddy_handlers.security_headers(proxy),
            *caddy_headers.of_site(site.headers),
            *([caddy_handlers.redirect(site.redirect_to)] if site.redirect_to else answering),
        ],
        "terminal": True,
    }


def _by_path(site: SiteSpec) -> list[JSON]:
    """The handler that leads some paths to another service, and lets the others pass."""
    routes = [
        {"match": [{"path": [path, f"{path}/*"]}], "handle": [{"handler": "invoke", "name": service}]}
        for path, service in site.paths
    ]
    return [{"handler": "subroute", "routes": routes}] if routes else []


def _redirect(topology: Topology) -> JSON:
    """Port 80: ACME's http-01 (Caddy adds it by itself), the way to https for known hosts, nothing for others."""
    port = topology.proxy.https_port
    target = "{http.request.host}" if port == 443 else f"{{http.request.host}}:{port}"  # noqa: PLR2004
    location = f"https://{target}{{http.request.uri}}"
    redirect = {
        "match": [{"host": [str(site.host) for site in topology.sites]}],
        "handle": [{"handler": "static_response", "status_code": 308, "headers": {"Location": [location]}}],
        "terminal": True,
    }
    return {
        "listen": [":80"],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "read_header_timeout": "10s",
        "routes": [redirect, caddy_handlers.refuse()] if topology.sites else [caddy_handlers.refuse()],
        "logs": {"default_logger_name": caddy_logging.ACCESS},
    }


def _network(topology: Topology) -> JSON:
    """One plain server per in-network port: the spec's names always reach a container that is ready.

    Not on the proxy's own ports: visitors reach these too, and could ask there for a service by its name.
    """
    servers: JSON = {}
    for port in sorted({service.port for service in topology.proxied if not service.shut_in}):
        here = [service for service in topology.proxied if service.port == port]
        routes = [_neighbour(service, topology, alone=len(here) == 1) for service in here]
        asking = [caddy_handlers.log_in_page(topology.proxy)] if any(service.guarded for service in here) else []
        servers[f"network-{port}"] = {
            "listen": [f":{port}"],
            "protocols": ["h1", "h2c"],
            **caddy_handlers.DUPLEX,
            "automatic_https": {"disable": True},
            "routes": [*caddy_headers.routes([]), *routes],
            "errors": {"routes": [*caddy_handlers.error_pages(topology.proxy), *asking]},
        }
    return servers


def _neighbour(service: ServiceSpec, topology: Topology, *, alone: bool) -> JSON:
    """The route of one service for those on the network."""
    route = _named(service, topology.proxy, alone=alone)
    if not service.guarded:
        return route
    sites = [site.protection for site in topology.sites if site.service == service.name and not site.redirect_to]
    return {**route, "handle": [*caddy_access.neighbour(sites, topology.proxy.pages), *route["handle"]]}


def _direct(topology: Topology) -> JSON:
    """A service's own published port. The proxy listens on it, so that it outlives every container."""
    return {
        f"direct-{service.direct_port}": {
            "listen": [f":{service.direct_port}"],
            "protocols": ["h1", "h2c"],
            **caddy_handlers.DUPLEX,
            "automatic_https": {"disable": True},
            "routes": [
                *caddy_pages.logo(topology.proxy.pages),
                *caddy_headers.routes([]),
                _named(service, topology.proxy, alone=True),
            ],
            "errors": {"routes": caddy_handlers.error_pages(topology.proxy)},
        }
        for service in topology.enabled
        if service.direct_port
    }


def _named(service: ServiceSpec, proxy: ProxySpec, *, alone: bool) -> JSON:
    """The route of one service on its port; by host name only where services share the port."""
    route: JSON = {"handle": caddy_handlers.handlers(service, proxy), "terminal": True}
    return route if alone else {"match": [{"host": [service.name]}], **route}


def _status(topology: Topology) -> JSON:
    """For this machine alone: the proxy's health, and what is behind a name that lets in no neighbour by itself."""
    admin = {"handler": "reverse_proxy", "upstreams": [{"dial": ADMIN_SOCKET}]}
    return {
        "listen": [STATUS_ADDRESS],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "routes": [
            {
                # The second: how many requests and streams each container has still to answer, by its address.
                "match": [{"method": ["GET"], "path": ["/config/", "/reverse_proxy/upstreams"]}],
                "handle": [admin],
                "terminal": True,
            },
            {"match": [{"path": ["/healthy"]}], "handle": [{"handler": "static_response", "status_code": 200}]},
            *(_behind(service, topology.proxy) for service in topology.proxied if service.guarded or service.shut_in),
        ],
    }


def _behind(service: ServiceSpec, proxy: ProxySpec) -> JSON:
    path = f"{BEHIND}{service.name}"
    strip = {"handler": "rewrite", "strip_path_prefix": path}
    handle = [strip, *caddy_handlers.handlers(service, proxy)]
    return {"match": [{"method": ["GET"], "path": [f"{path}/*"]}], "handle": handle, "terminal": True}


def _issuer(proxy: ProxySpec) -> JSON:
    if proxy.certificates is Certificates.INTERNAL:
        return {"module": "internal"}
    directory = {
        Certificates.LETS_ENCRYPT: "https://acme-v02.api.letsencrypt.org/directory",
        Certificates.LETS_ENCRYPT_STAGING: "https://acme-staging-v02.api.letsencrypt.org/directory",
    }[proxy.certificates]
    return {"module": "acme", "ca": directory, "email": proxy.email}
