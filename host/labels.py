"""Ownership labels: what `status`, `drift` and every clean-up go by. Nothing without them is ever touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.topology.model import Topology
    from config.topology.service import ServiceSpec

STACK = "smarter-net.stack"
SERVICE = "smarter-net.service"
RELEASE = "smarter-net.release"
CARRIER = "smarter-net.carrier"
"""Of a container through which a stack's volume is copied; not one of the stack's: while it is read, Docker answers no
question about it."""


def labels(topology: Topology) -> dict[str, str]:
    """The labels of everything that the stack owns."""
    return {STACK: topology.stack}


def service_labels(topology: Topology, service: ServiceSpec) -> dict[str, str]:
    """The labels of one service's container."""
    return {
        **labels(topology),
        SERVICE: service.name,
        RELEASE: service.release,
    }
