"""smarter-net, the bridge that every service is reached on by name, and the bridges that keep neighbours apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from host.labels import labels
from host.names import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.host import Host
    from config.topology.model import Topology
    from config.topology.service import ServiceSpec


class Network(pulumi.ComponentResource):
    """The bridge network of the spec; created, or adopted when it is there already and not ours.

    An adopted network is only used: neither changed nor deleted. `id` is Docker's network id; `private` has the ids of
    the networks that are a service's own, by its name. A database's leads nowhere else, not to the outside either.
    """

    id: pulumi.Output[str]
    private: Mapping[str, pulumi.Output[str]]

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
        self.id = pulumi.Output.from_input(foreign) if foreign else self._bridge(name, spec.name, topology, host)
        self.private = {
            service.name: self._bridge(
                service.name,
                spec.private(service),
                topology,
                host,
                internal=None if service.guarded or service.outward else True,
            )
            for service in topology.enabled
            if service.private
        }
        self.register_outputs({"id": self.id, "name": spec.name})

    def of(self, service: ServiceSpec) -> list[tuple[pulumi.Output[str], Sequence[str]]]:
        """The networks that a service's container is on, and the names that it carries there."""
        own = self.private[service.name] if service.private else self.id
        shared = [(self.id, ())] if service.neighbour else []
        return [(own, service.aliases), *shared, *((self.private[name], ()) for name in service.reaches)]

    def of_proxy(self, topology: Topology) -> list[tuple[pulumi.Output[str], Sequence[str]]]:
        """The networks that the proxy is on: on each it answers to every name that it forwards for the others there."""
        names = [service.name for service in topology.proxied]
        guarded = [service.name for service in topology.enabled if service.guarded]
        return [(self.id, names), *((self.private[own], [each for each in names if each != own]) for own in guarded)]

    def _bridge(
        self, part: str, name: str, topology: Topology, host: Host, *, internal: bool | None = None
    ) -> pulumi.Output[str]:
        bridge = docker.Network(
            Role.BRIDGE.of(part),
            name=name,
            driver="bridge",
            internal=internal,
            labels=[docker.NetworkLabelArgs(label=key, value=value) for key, value in labels(topology).items()],
            opts=pulumi.ResourceOptions(parent=self, provider=host.provider),
        )
        return bridge.id
