"""smarter-net: the bridge that every service is reached on, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from host.labels import labels
from host.names import Role

if TYPE_CHECKING:
    from components.host import Host
    from config.topology.model import Topology


class Network(pulumi.ComponentResource):
    """The bridge network of the spec; created, or adopted when it is there already and not ours.

    An adopted network is only used: neither changed nor deleted. `id` is Docker's network id.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, topology: Topology, host: Host, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarter-net:components:Network", name, opts=opts)
        spec = topology.network
        found = None if spec.external is False else host.find_network(spec.name)
        foreign = found.id if found and found.stack != topology.stack else None
        if spec.external and foreign is None:
            message = (
                f"network.external: there is no network {spec.name} on the host that is not this stack's own; "
                f"make it with `docker network create {spec.name}`, or leave `external` out"
            )
            raise pulumi.RunError(message)
        self.id = pulumi.Output.from_input(foreign) if foreign else self._bridge(topology, host)
        self.register_outputs({"id": self.id, "name": spec.name})

    def _bridge(self, topology: Topology, host: Host) -> pulumi.Output[str]:
        bridge = docker.Network(
            Role.BRIDGE.of(self.pulumi_resource_name),
            name=topology.network.name,
            driver="bridge",
            labels=[docker.NetworkLabelArgs(label=key, value=value) for key, value in labels(topology).items()],
            opts=pulumi.ResourceOptions(parent=self, provider=host.provider),
        )
        return bridge.id
