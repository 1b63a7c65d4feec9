"""Data that outlives every container, its service, and the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from host.labels import labels

if TYPE_CHECKING:
    from components.host import Host
    from config.topology.model import Topology
    from config.topology.service import VolumeSpec


def volume(topology: Topology, spec: VolumeSpec, *, parent: pulumi.Resource, host: Host) -> docker.Volume | None:
    """The named volume; None for a host path, which Docker makes by itself.

    `retain_on_delete`: whatever the engine does, the volume stays on the host, and is taken up again by its name.
    Not `protect`, which would refuse every run in which a service becomes planned or gets its real image.
    """
    if spec.name.startswith("/"):
        return None
    return docker.Volume(
        spec.name,
        name=spec.name,
        labels=[docker.VolumeLabelArgs(label=key, value=value) for key, value in labels(topology).items()],
        opts=pulumi.ResourceOptions(parent=parent, provider=host.provider, retain_on_delete=True),
    )
