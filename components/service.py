"""One service of the spec: its data, its image, its container and the rollout that makes that container serve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from components.container import container
from components.volume import volume
from config.topology.service import Protocol, SecretTarget
from host import backups
from host.labels import service_labels
from host.names import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from components.host import Host
    from components.network import Network
    from config.topology.model import Topology
    from config.topology.service import ServiceSpec


class Service(pulumi.ComponentResource):
    """A service container and its rollout.

    The container is created beside the one that serves, without being started. The rollout on the host then starts it,
    waits until it is ready and points the proxy at it, in the order that the service asks for. The engine deletes the
    old container at the end of the run, long after its last request. If the rollout fails, nothing is recorded and
    nothing deleted: the next run tries the same container again.
    """

    def __init__(
        self,
        name: str,
        topology: Topology,
        service: ServiceSpec,
        *,
        host: Host,
        network: Network,
        secret: Callable[[str], pulumi.Output[str]],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("smarter-net:components:Service", name, opts=opts)
        if service.image is None:
            message = f"{service.name} is only planned: it has no image and no container"
            raise ValueError(message)
        on_host = pulumi.ResourceOptions(parent=self, provider=host.provider)
        image = docker.RemoteImage(Role.IMAGE.of(name), name=str(service.image), keep_locally=True, opts=on_host)
        volumes = [volume(topology, spec, parent=self, host=host) for spec in service.volumes]
        self.rollout: pulumi.Resource | None = None
        if service.stopped:
            # Its data and its image stay as they are.
            self.register_outputs({})
            return
        created = container(
            f"{name}",
            image=service.image,
            networks=network.of(service),
            labels=service_labels(topology, service),
            environment=_environment(service, secret),
            memory=service.memory,
            capabilities=service.capabilities,
            volumes=service.volumes,
            stop=service.rollout.stop,
            init=service.init,
            command=list(service.command) if service.command else None,
            user=service.user,
            uploads=[
                *(
                    docker.ContainerUploadArgs(file=use.path, content=secret(use.secret), permissions="0444")
                    for use in service.secrets
                    if use.target is SecretTarget.FILE
                ),
                *(
                    docker.ContainerUploadArgs(file=path, content=text, permissions="0444")
                    for path, text in service.files
                ),
            ],
            healthcheck=_healthcheck(service),
            start=False,
            must_run=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=host.provider,
                delete_before_replace=False,
                depends_on=[image, *(made for made in volumes if made is not None)],
            ),
        )
        self.rollout = host.program(
            Role.ROLLOUT.of(name),
            "release",
            stdin=created.id.apply(lambda id_: plan(topology, service, id_)),
            parent=self,
            depends_on=list(after),
            signed=True,
        )
        self.register_outputs({"container": created.name, "release": service.release})


def plan(topology: Topology, service: ServiceSpec, container_id: str) -> str:
    """What the program on the host is asked to do, see host/program/request.py: durations in whole seconds."""
    rollout = service.rollout
    request = {
        "stack": topology.stack,
        "service": service.name,
        "container": container_id,
        "release": service.release,
        "image": str(service.image),
        "port": service.port,
        "order": str(rollout.order),
        "readiness": service.health.readiness,
        "failure": service.health.failure,
        "first_start_cut": service.first_start_cut,
        "way_out": _way_out(topology, service),
        "start": rollout.start.whole_seconds,
        "settle": rollout.settle.whole_seconds,
        "drain": rollout.drain.whole_seconds,
        "stop": rollout.stop.whole_seconds,
        "settings": service.settings,
    }
    if copied := backups.before(topology, service):
        request["before"] = copied
    return json.dumps(request, ensure_ascii=False) + "\n"


def _way_out(topology: Topology, service: ServiceSpec) -> str:
    """What helps where the first start of a service that keeps data was cut short; empty where nothing has to."""
    if not service.first_start_cut:
        return ""
    remove = f"make delete-data STACK={topology.stack} SERVICE={service.name} CONFIRM={topology.stack}"
    return f"if its first start was cut short, remove what it left with `{remove}`, and run `make up` again"


def _environment(service: ServiceSpec, secret: Callable[[str], pulumi.Output[str]]) -> dict[str, pulumi.Input[str]]:
    return {
        **service.environment,
        "RELEASE": service.release,
        **{use.name: use.path if use.target is SecretTarget.FILE else secret(use.secret) for use in service.secrets},
    }


def _healthcheck(service: ServiceSpec) -> docker.ContainerHealthcheckArgs | None:
    """Docker's own mark in `docker ps`. Of what speaks HTTP the rollout and the proxy ask by themselves."""
    if service.health.command is None:
        return None
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *service.health.command],
        # A look is a process of its own: at 2 s four of them would cost a twentieth of a core.
        interval="30s" if service.protocol is Protocol.HTTP else "15s" if service.group else "2s",
        timeout="5s",
        retries=3,
        start_period=str(service.rollout.start),
    )
