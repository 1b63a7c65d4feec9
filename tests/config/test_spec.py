"""The topologies against the spec's own tables, copied from it letter by letter."""

from __future__ import annotations

import pytest

from config.catalog.services import CATALOG, PROXY
from config.topology.model import SshHost
from tests.config.stacks import topology

PROD = """
| Domain | Container | Port | Purpose |
|--------|-----------|------|---------|
| mkt.smarterbot.cl | smarteros-blogbowl | 3000 | Marketing Site |
| api.smarterbot.cl | n8n | 5678 | N8N Automation |
| kpi.smarterbot.cl | metabase | 3001 | Analytics Dashboard |
| ai.smarterbot.cl | nexa-runtime | 8080 | AI Runtime |
| dash.smarterbot.cl | dokploy | 3000 | Platform Admin |
"""

STAGING = """
| Domain | Container | Port | Purpose |
|--------|-----------|------|---------|
| mkt.smarterbot.store | smarteros-blogbowl | 3000 | Marketing Site (alt) |
| ai.smarterbot.store | nexa-runtime | 8080 | AI Runtime (alt) |
| dokploy.smarterbot.store | dokploy | 3000 | Platform Admin (alt) |
"""

ACTIVE_SERVICES = """
1. **caddy-proxy** - Reverse proxy with automatic HTTPS
2. **smarteros-blogbowl** - Next.js marketing site
3. **n8n** - Automation platform
4. **metabase** - Analytics
5. **nexa-runtime** - AI engine (future)
6. **dokploy** - Platform management
"""

HEALTH_CHECKS = """
- mkt: `GET /`
- n8n: `GET /healthz`
- metabase: `GET /api/health`
- nexa: `GET /health`
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


def active_services() -> list[str]:
    return [line.split("**")[1] for line in ACTIVE_SERVICES.strip().splitlines()]


@pytest.mark.parametrize(("stack", "table"), [("prod", PROD), ("staging", STAGING)])
def test_the_sites_are_the_rows_of_the_spec(stack: str, table: str) -> None:
    made = topology(stack)
    sites = [(site, made.service(site.service)) for site in made.sites]
    ours = [[str(site.host), service.name, str(service.port), service.purpose] for site, service in sites]
    assert ours == [[*row[:3], row[3].removesuffix(" (alt)")] for row in rows(table)]


@pytest.mark.parametrize(("stack", "table"), [("prod", PROD), ("staging", STAGING)])
def test_every_domain_is_an_a_record_of_the_server(stack: str, table: str) -> None:
    made = topology(stack)
    assert isinstance(made.host, SshHost)
    assert [(str(record.name), record.type, record.content) for record in made.records] == [
        (row[0], "A", made.host.address) for row in rows(table)
    ]


def test_dev_has_a_site_for_every_row_of_prod_and_no_record() -> None:
    made = topology("dev")
    assert [(str(site.host).split(".")[0], site.service) for site in made.sites] == [
        (row[0].split(".")[0], row[1]) for row in rows(PROD)
    ]
    assert made.records == ()


def test_the_catalog_has_the_active_services_in_their_order() -> None:
    """And whatever an operator has added to it."""
    assert [name for name in (PROXY.name, *CATALOG) if name in active_services()] == active_services()


def test_the_health_paths_are_those_of_the_spec() -> None:
    short = {"mkt": "smarteros-blogbowl", "nexa": "nexa-runtime"}
    for line in HEALTH_CHECKS.strip().splitlines():
        name, path = line.removeprefix("- ").rstrip("`").split(": `GET ")
        health = CATALOG[short.get(name, name)].health
        # n8n's own process is asked by Docker, and whether its webhooks are registered by the proxy.
        asked = [part.removeprefix("http://127.0.0.1:{port}") for part in health.command or ()]
        assert path == health.liveness or path in asked


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_network_ports_and_certificates_of_a_server_are_those_of_the_spec(stack: str) -> None:
    made = topology(stack)
    assert made.network.name == "smarter-net"
    assert (made.proxy.http_port, made.proxy.https_port) == (80, 443)
    assert made.proxy.storage.name == made.proxy.storage.path == "/root/letsencrypt"


def test_nexa_is_planned_in_prod_and_runs_in_dev() -> None:
    assert [service.name for service in topology("prod").services if not service.enabled] == ["nexa-runtime"]
    assert [PROXY.name, *(service.name for service in topology("dev").running)] == active_services()
