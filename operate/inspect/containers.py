"""Where a container differs from what the engine recorded, in what the engine does not read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from host.docker_objects import Container, Image

JSON = dict[str, Any]
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105  the engine's mark of an encrypted value in its state


def of(wanted: JSON, container: Container, image: Image) -> Iterator[str]:
    """One line for each difference. `wanted`: the recorded inputs; the others: what is there."""
    found = [
        *_variables(wanted.get("envs", []), container.variables, image.variables),
        *_labels(wanted.get("labels", []), container.labels),
        *_image(wanted, container),
        *_networks(wanted, container),
        *_mounts(wanted.get("volumes", []), container.mounts, image.volumes),
        *_ports(wanted.get("ports", []), container),
    ]
    for line in found:
        yield f"container {container.name}: {line}"


def _variables(wanted: object, found: Iterable[str], image: Iterable[str]) -> Iterator[str]:
    """A secret's value, and with it its name, is encrypted in the state; only the others are compared."""
    if not isinstance(wanted, list):
        return
    clear = [entry for entry in wanted if isinstance(entry, str)]
    asked, there, usual = (dict(entry.partition("=")[::2] for entry in entries) for entries in (clear, found, image))
    for key, value in asked.items():
        if there.get(key) != value:
            yield f"its variable {key} differs"
    if len(clear) == len(wanted):
        for key in there:
            if key not in asked and there[key] != usual.get(key):
                yield f"its variable {key} is set besides"


def _labels(wanted: list[JSON], found: Mapping[str, str]) -> Iterator[str]:
    for entry in wanted:
        label, value = entry["label"], entry["value"]
        if found.get(label) != value:
            yield f"its label {label} is {found.get(label)!r} instead of {value!r}"


def _image(wanted: JSON, container: Container) -> Iterator[str]:
    if container.image != str(wanted.get("image")):
        yield f"runs {container.image} instead of {wanted.get('image')}"


def _networks(wanted: JSON, container: Container) -> Iterator[str]:
    asked = {network["name"] for network in wanted.get("networksAdvanced", [])}
    for network, id_ in container.networks.items():
        if id_ not in asked and network not in asked:
            yield f"is on the network {network} besides"
    if container.running and asked and not asked & {*container.networks, *container.networks.values()}:
        yield "is not on its network"


def _mounts(wanted: list[JSON], there: Mapping[str, str], image: Iterable[str]) -> Iterator[str]:
    """Volumes and folders of the host. What the image itself asks for is a volume without a name."""
    asked = {entry["containerPath"]: entry.get("hostPath") or entry.get("volumeName") for entry in wanted}
    for path, source in asked.items():
        if there.get(path) != source:
            yield f"has {there.get(path, 'nothing')} at {path} instead of {source}"
    for path, source in there.items():
        if path not in asked and path not in image:
            yield f"has {source} at {path} besides"


def _ports(wanted: list[JSON], container: Container) -> Iterator[str]:
    asked = {str(int(entry["external"])) for entry in wanted}
    there = {binding.port for binding in container.asked}
    for port in sorted(asked - there):
        yield f"does not publish port {port}"
    for port in sorted(there - asked):
        yield f"publishes port {port or '(any)'} besides"
