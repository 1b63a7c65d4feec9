"""Where a container differs from what the engine recorded, in what the engine does not read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from host.docker_objects import Container, Image
    from operate.engine.state import Asked


def of(wanted: Asked, container: Container, image: Image) -> Iterator[str]:
    """One line for each difference. `wanted`: as it was recorded; the others: what is there."""
    found = [
        *_variables(wanted, container.variables, image.variables),
        *_labels(wanted.labels, container.labels),
        *_image(wanted, container),
        *_networks(wanted, container),
        *_mounts(wanted.mounts, container.mounts, image.volumes),
        *_ports(wanted.ports, container),
    ]
    for line in found:
        yield f"container {container.name}: {line}"


def _variables(wanted: Asked, found: Iterable[str], image: Iterable[str]) -> Iterator[str]:
    """Of those whose value is no secret."""
    asked, there, usual = (
        dict(entry.partition("=")[::2] for entry in entries) for entries in (wanted.variables, found, image)
    )
    for key, value in asked.items():
        if there.get(key) != value:
            yield f"its variable {key} differs"
    if not wanted.secret_variables:
        for key in there:
            if key not in asked and there[key] != usual.get(key):
                yield f"its variable {key} is set besides"


def _labels(wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for label, value in wanted.items():
        if found.get(label) != value:
            yield f"its label {label} is {found.get(label)!r} instead of {value!r}"


def _image(wanted: Asked, container: Container) -> Iterator[str]:
    if container.image != wanted.image:
        yield f"runs {container.image} instead of {wanted.image}"


def _networks(wanted: Asked, container: Container) -> Iterator[str]:
    asked = wanted.networks
    for network, id_ in container.networks.items():
        if id_ not in asked and network not in asked:
            yield f"is on the network {network} besides"
    if container.running and asked - {*container.networks, *container.networks.values()}:
        yield f"is not on {'its network' if len(asked) == 1 else 'all of its networks'}"


def _mounts(asked: Mapping[str, str], there: Mapping[str, str], image: Iterable[str]) -> Iterator[str]:
    """Volumes and folders of the host. What the image itself asks for is a volume without a name."""
    for path, source in asked.items():
        if there.get(path) != source:
            yield f"has {there.get(path, 'nothing')} at {path} instead of {source}"
    for path, source in there.items():
        if path not in asked and path not in image:
            yield f"has {source} at {path} besides"


def _ports(asked: frozenset[str], container: Container) -> Iterator[str]:
    there = {binding.port for binding in container.asked}
    for port in sorted(asked - there):
        yield f"does not publish port {port}"
    for port in sorted(there - asked):
        yield f"publishes port {port or '(any)'} besides"
