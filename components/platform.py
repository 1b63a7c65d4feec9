"""The whole: host, firewall, network, records, proxy, services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.backups import Backups
from components.dns import Dns
from components.firewall import Firewall
from components.host import Host
from components.network import Network
from components.proxy import Proxy
from components.service import Service
from components.watch import Watch
from config.catalog.watch import NODE
from config.topology.model import SshHost
from host.names import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.topology.model import Topology


class Platform(pulumi.ComponentResource):
    """Everything that a topology names. `secret` gives a secret of the stack by its name."""

    def __init__(
        self,
        name: str,
        topology: Topology,
        secret: Callable[[str], pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("smarter-net:components:Platform", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        host = Host(Part.HOST, topology, secret, opts=child)
        # What is in front of the proxy stands before a port is published or a service changes.
        before: list[pulumi.Resource] = []
        if isinstance(topology.host, SshHost):
            before.append(Firewall(Part.FIREWALL, topology, topology.host, host, opts=child))
        network = Network(Part.NETWORK, topology, host, opts=child)
        if topology.dns:
            before += Dns(Part.DNS, topology, topology.dns, secret, opts=child).records
        proxy = Proxy(topology.proxy.name, topology, host, network, secret=secret, after=before, opts=child)
        rollouts: dict[str, pulumi.Resource] = {}
        # What others wait for comes first.
        for service in sorted(topology.enabled, key=lambda service: bool(service.after)):
            made = Service(
                service.name,
                topology,
                service,
                host=host,
                network=network,
                secret=secret,
                after=[*proxy.ready, *host.swarm, *(rollouts[name] for name in service.after if name in rollouts)],
                opts=child,
            )
            if made.rollout:
                rollouts[service.name] = made.rollout
        if topology.backup and topology.backup.timer:
            Backups(Part.BACKUPS, topology, topology.backup.timer, host=host, secret=secret, opts=child)
        if topology.watch:
            reader = [rollout for name, rollout in rollouts.items() if name == NODE.name]
            Watch(Part.WATCH, host, after=reader, opts=child)
        self.register_outputs({})
