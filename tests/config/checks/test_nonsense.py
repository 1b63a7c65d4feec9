"""What has the right shape and makes no sense, or opens what the rest closes; and what only looks so."""

from __future__ import annotations

import pytest

from config.derive import derive
from config.stackfile.settings import Settings
from tests.config.checks.test_wrong_stacks import SITE, Wrong, is_one_line_with_key_and_cure, service
from tests.config.stacks import REMOVED, SECRETS, STAND_INS, Patch, patched


def storage(path: str, cure: str = "smarter-net-letsencrypt, or a directory of its own") -> Wrong:
    return Wrong(f"certificates in {path}", {"proxy/storage": path}, "proxy.storage", cure)


def public(name: str, address: str = "0.0.0.0") -> Patch:
    return service(name, direct_port=13000, direct_address=address)


def let_in(name: str, *sources: str, cure: str = "`open: true`") -> Wrong:
    return Wrong(name, {"sites/0/allow-from": list(sources)}, "sites[0].allow-from", cure)


def interface(name: str) -> Wrong:
    return Wrong(f"{name} is trusted", {"firewall/interfaces": ["wg0", name]}, "firewall.interfaces[1]", "a VPN's")


DOKPLOYS = "services.dokploy.direct-address"

NONSENSE = [
    *map(storage, [
        "/usr/bin", "/usr/local/bin", "/etc/ssh", "/etc/letsencrypt", "/etc/dokploy", "/etc/dokploy/traefik", "/bin/x",
        "/boot/caddy", "/dev/shm", "/proc/self", "/run/caddy", "/tmp/caddy", "/var/tmp/caddy", "/var/lib", "/var/log",
        "/var/run/docker.sock", "/var/lib/docker", "/var/lib/docker/volumes", "/var/lib/dpkg/info", "/var/cache/caddy",
        "/var/lib/smarter-net", "/var/lib/smarter-net/prod", "/var/lib/postgresql/16", "/home/ops", "/sys/fs",
        "/var/www",
        "smarter-net-n8n", "smarter-net-dokploy-docker", "smarter-net-metabase-postgres", "smarter-net-n8n-stand-in",
    ]),
    storage("/", "/root/letsencrypt"),
    storage("/root/../etc/ssh", "/root/letsencrypt"),
    storage("/root", "/root/letsencrypt"),
    Wrong("Dokploy for everybody", public("dokploy"), DOKPLOYS, "127.0.0.1"),
    Wrong("Dokploy on a public address", public("dokploy", "203.0.113.10"), DOKPLOYS, "127.0.0.1"),
    Wrong("Dokploy over IPv6", public("dokploy", "::"), DOKPLOYS, "127.0.0.1"),
    Wrong("Dokploy on a mapped address", public("dokploy", "::ffff:203.0.113.10"), DOKPLOYS, "127.0.0.1"),
    Wrong("n8n past its password", public("n8n"), "services.n8n.direct-address", "127.0.0.1"),
    Wrong("Metabase past its password", public("metabase"), "services.metabase.direct-address", "127.0.0.1"),
    Wrong("n8n without a site", {"sites/1": REMOVED} | public("n8n"), "services.n8n.direct-address", "`open: true`"),
    Wrong("a closed site's service", {"sites/0/allow-from": ["203.0.113.5"]} | public("smarteros-blogbowl"),
          "services.smarteros-blogbowl.direct-address", "127.0.0.1"),
    Wrong("models for everybody", public("nexa-runtime"), "services.nexa-runtime.direct-address", "give it a site"),
    let_in("all of IPv4", "0.0.0.0/0"),
    let_in("all of IPv6", "::/0"),
    let_in("two halves", "0.0.0.0/1", "128.0.0.0/1"),
    let_in("one half", "128.0.0.0/1"),
    let_in("four quarters beside an address", "0.0.0.0/2", "203.0.113.5", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"),
    let_in("all IPv6 that is given out", "2000::/3"),
    let_in("the same in two", "2000::/4", "3000::/4"),
    *map(interface, ["eth0", "ens3", "ens18", "enp1s0", "eno1", "enX0", "venet0", "wlan0", "lo", "docker0"]),
    *map(interface, ["docker_gwbridge", "br-0123456789ab", "veth0a1b2c3"]),
    *(
        Wrong(f"direct port {port}", service("smarteros-blogbowl", direct_port=port),
              "services.smarteros-blogbowl.direct-port", "another port")
        # Docker's; the proxy's in its container; n8n's, Metabase's, Nexa's and the runners' names on the network.
        for port in (2375, 2376, 2377, 4789, 7946, 2020, 5678, 3001, 8080, 5680)
    ),
    Wrong("its own port on the network", service("n8n", direct_port=5678), "services.n8n.direct-port", "another port"),
    Wrong("the sites on the swarm's port", {"proxy/https-port": 2377}, "proxy.https-port", "another port"),
    Wrong("redirect beside it", {"proxy/http-port": 8000} | service("n8n", direct_port=80), "services.n8n.direct-port",
          "another port"),
    Wrong("port of a program of the server's", {"host/listeners": [3100]} | service("n8n", direct_port=3100),
          "services.n8n.direct-port", "another port"),
    *(
        Wrong(f"Docker's {name}", {"network": {"name": name}}, "network.name", "another name")
        for name in ("host", "bridge", "none", "ingress", "docker_gwbridge")
    ),
    Wrong("a server everywhere", {"host/address": "0.0.0.0"}, "host.address", "public IPv4"),
    Wrong("a server that is a group", {"host/address": "224.0.0.1"}, "host.address", "public IPv4"),
    Wrong("a server that is all of a network", {"host/address": "255.255.255.255"}, "host.address", "public IPv4"),
    Wrong("a server of a link", {"host/address6": "fe80::1"}, "host.address6", "public IPv6"),
    Wrong("a server's own loopback", {"host/address6": "::1"}, "host.address6", "public IPv6"),
    Wrong("bound to a group", {"proxy/bind-address": "239.0.0.1"}, "proxy.bind-address", "127.0.0.1"),
    Wrong("bound to a link", service("n8n", direct_address="fe80::1%eth0"), "services.n8n.direct-address", "127.0.0.1"),
]  # fmt: skip

SENSE: list[Patch] = [
    {"proxy/storage": "/root/letsencrypt"},
    {"proxy/storage": "/var/lib/letsencrypt"},
    {"proxy/storage": "/srv/certificates"},
    {"proxy/storage": "/home/ops/certificates"},
    {"proxy/storage": "/mnt/volume-1/caddy"},
    {"proxy/storage": "/opt/caddy/data"},
    {"proxy/storage": "smarter-net-letsencrypt"},
    service("n8n", direct_port=15678),
    service("n8n", direct_port=15678, direct_address="::1"),
    service("dokploy", direct_port=13000, direct_address="10.8.0.1"),
    service("dokploy", direct_port=13000, direct_address="fd00::1"),
    service("dokploy", direct_port=13000, direct_address="100.64.0.7"),
    service("smarteros-blogbowl", direct_port=3002, direct_address="0.0.0.0"),
    {"sites/4": {**SITE, "service": "dokploy", "open": True},
     "services/dokploy/direct-port": 13000, "services/dokploy/direct-address": "0.0.0.0"},
    {"sites/1/allow-from": ["203.0.113.5", "198.51.100.0/24", "2001:db8::/32"]},
    # The networks of a large provider, or of a country.
    {"sites/1/allow-from": ["104.16.0.0/12", "2400:cb00::/32", "64.0.0.0/4"]},
    {"firewall/interfaces": ["wg0", "tailscale0", "eth1", "enp1s0.4000"]},
    {"network": {"name": "smarter-net-2"}},
    {"host/listeners": [5355, 3100]},
]  # fmt: skip


@pytest.mark.parametrize("wrong", NONSENSE, ids=lambda wrong: wrong.name)
def test_nonsense_gives_one_line_with_key_and_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)


@pytest.mark.parametrize("patch", SENSE, ids=str)
def test_what_an_honest_operator_writes_is_right(patch: Patch) -> None:
    derive("test", Settings.parse(patched("prod", patch)), SECRETS, STAND_INS)
