"""What one writes by hand in our generated config's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.topology.model import SiteSpec, Topology
    from config.topology.service import ServiceSpec

HEALTHY = "http://127.0.0.1:2020/healthy"

GLOBAL = """\
{
	admin unix//run/caddy/admin.sock|0600
	persist_config off
	storage file_system /root/letsencrypt
	skip_install_trust
	auto_https disable_redirects
	grace_period 30s
	servers {
		protocols h1 h2
	}
}
http://127.0.0.1:2020 {
	bind 127.0.0.1
	respond /healthy 200
}
"""

EQUAL_SITE = """\
{host} {{
	tls internal {{
		protocols tls1.2 tls1.3
	}}
	encode zstd gzip
	log {{
		output stdout
		format json
	}}
	header {{
		X-Content-Type-Options nosniff
		?Referrer-Policy strict-origin-when-cross-origin
		?X-Frame-Options SAMEORIGIN
		-Server
		-X-Powered-By
	}}
	reverse_proxy {upstream}:{port} {{
		lb_try_duration {hold}
		lb_try_interval 100ms
		health_uri {liveness}
		health_interval {interval}
		health_timeout 5s
		health_fails 3
		flush_interval -1
		stream_close_delay {close}
		transport http {{
			dial_timeout 1s
		}}
	}}
}}
"""

PLAIN_SITE = """\
{host} {{
	tls internal
	reverse_proxy {upstream}:{port}
}}
"""


def caddyfile(topology: Topology, upstreams: Mapping[str, str], *, plain: bool = False) -> str:
    """A Caddyfile for the sites of `upstreams` (service name to network name).

    `plain`: three lines a site, as the documentation begins; else with all that our generated config does.
    """
    sites = [site for site in topology.sites if site.service in upstreams]
    return GLOBAL + "".join(
        _site(site, topology.service(site.service), upstreams[site.service], topology, plain=plain) for site in sites
    )


def _site(site: SiteSpec, service: ServiceSpec, upstream: str, topology: Topology, *, plain: bool) -> str:
    form = PLAIN_SITE if plain else EQUAL_SITE
    return form.format(
        host=site.host,
        upstream=upstream,
        port=service.port,
        hold=service.rollout.hold,
        liveness=service.health.liveness,
        interval=topology.proxy.health_interval,
        close=topology.proxy.stream_close_delay,
    )
