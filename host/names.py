"""What two sides have to agree on, each once: the engine's types, and the names of its resources.

`components/` names resources, `operate/` recognises them in plans, in failures and in the engine's state. A name that
changed would be another resource to the engine.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from config.render.caddy import STATUS_ADDRESS

if TYPE_CHECKING:
    from config.topology.model import Topology

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
IMAGE = "docker:index/remoteImage:RemoteImage"
VOLUME = "docker:index/volume:Volume"
DOCKER_PROVIDER = "pulumi:providers:docker"
COMMAND = "command:local:Command"
"""One run of a script."""
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
HOST = "smarter-net:components:Host"

STATUS_URL = f"http://{STATUS_ADDRESS}"
"""The proxy's own status, in its network namespace alone: `/healthy`, `/reverse_proxy/upstreams`, `/config/`."""


class Role(StrEnum):
    """What a resource is to the part of the stack that it belongs to."""

    BRIDGE = "bridge"
    CLOUDFLARE = "cloudflare"
    CONFIG = "config"
    DOCKER = "docker"
    IMAGE = "image"
    INSTALL = "install"
    LOGINS = "logins"
    MINUTE = "minute"
    NO_FIREWALL = "none"
    PREFLIGHT = "preflight"
    ROLLOUT = "rollout"
    RULESET = "ruleset"
    SCRIPTS = "scripts"
    SWARM = "swarm"
    TIMER = "timer"

    def of(self, part: str) -> str:
        """The name of that part's resource."""
        return f"{part}-{self}"


class Part(StrEnum):
    """A part of every stack besides the proxy and the services, which have names of their own."""

    BACKUPS = "backups"
    DNS = "dns"
    FIREWALL = "firewall"
    HOST = "host"
    NETWORK = "network"
    WATCH = "watch"


RULESET = Role.RULESET.of(Part.FIREWALL)
NO_FIREWALL = Role.NO_FIREWALL.of(Part.FIREWALL)
SCRIPTS = Role.SCRIPTS.of(Part.HOST)
TIMER = Role.TIMER.of(Part.BACKUPS)


def docker_provider(part: str, address: str = "") -> str:
    """The Docker provider of this machine; of a server with its address, because on another one all is another."""
    return Role.DOCKER.of(part) + (f"-{address}" if address else "")


def part_of(name: str, topology: Topology) -> str:
    """The service, the site or the other part of the stack that the resource of that name belongs to."""
    running = [topology.proxy.name, *(service.name for service in topology.services)]
    owners = {record.key: str(record.name) for record in topology.records}
    owners |= {volume.name: service.name for service in topology.services for volume in service.volumes}
    owners[topology.proxy.storage.name] = topology.proxy.name
    if name in owners or name in running:
        return owners.get(name, name)
    if name.startswith(docker_provider(Part.HOST)):
        return Part.HOST
    return next((name.removesuffix(f"-{role}") for role in Role if name.endswith(f"-{role}")), name)
