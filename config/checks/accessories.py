"""The checks of a stack file's accessories: each fits its service, or something else takes its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.catalog.accessories import ACCESSORIES
from config.topology.service import Protocol
from config.values.errors import StackError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.entry import Accessory, Entry
    from config.catalog.merged import Merged
    from config.stackfile.settings import Settings

_MAJOR = re.compile(r"\d+")


def mistakes(services: Mapping[str, Merged], settings: Settings) -> Iterator[StackError]:
    """Yield what is wrong with the accessories, in the catalog's order. `services`: what exists in the stack."""
    for entry in ACCESSORIES.values():
        if entry.accessory is None:
            continue
        if entry.name not in services:
            if entry.name in settings.services:
                yield _alone(entry.name, entry.accessory.of)
            continue
        accessory, service = services[entry.name], services[entry.accessory.of]
        if not accessory.enabled and service.enabled and not service.stand_in:
            yield from _instead(accessory, service, entry.accessory)
        if accessory.enabled:
            yield from _version(accessory, service, entry.accessory)
        if entry.protocol is not Protocol.HTTP:
            yield from not_http(accessory)
    for service in services.values():
        yield from _reaches(service, services)


def _alone(accessory: str, service: str) -> StackError:
    problem = f"is there for {service} alone, which does not exist in this stack"
    return StackError(f"services.{accessory}", problem, f"add `{service}: {{}}` to services, or remove it")


def _instead(accessory: Merged, service: Merged, tie: Accessory) -> Iterator[StackError]:
    """What is off has to have something in its place, where the service would make do with what is unsafe."""
    given = {*service.own.environment, *service.own.secrets}
    if tie.instead and not given.intersection(tie.instead):
        first, name = tie.instead[0], service.entry.name
        problem = f"is off, and {name} is told of no other database"
        cure = f"remove `enabled: false`, or add `{first}: {{secret: {name}-database}}` to services.{name}.secrets"
        yield StackError(f"services.{accessory.entry.name}.enabled", problem, cure)


def _version(accessory: Merged, service: Merged, tie: Accessory) -> Iterator[StackError]:
    key = f"services.{accessory.entry.name}.image"
    image, beside = accessory.image, service.image
    if image is None:
        return
    if tie.same_version and beside and image.tag != beside.tag:
        problem = f"its version {image.tag} is not the {beside.tag} of {service.entry.name}"
        yield StackError(key, problem, f"write {image.repository}:{beside.tag}, and run `make pin`")
    known, found = _MAJOR.match(accessory.entry.version), _MAJOR.match(image.tag)
    # Of a mirror too; what another image's number means is not known.
    alike = image.repository.rpartition("/")[2] == accessory.entry.repository
    if accessory.entry.keeps_major and alike and known and found and known[0] != found[0]:
        problem = f"version {found[0]} does not read what version {known[0]} has written"
        yield StackError(key, problem, f"stay with {known[0]}, such as {accessory.entry.image}, and run `make pin`")


def _reaches(service: Merged, services: Mapping[str, Merged]) -> Iterator[StackError]:
    """Only what is on a network of its own has to be reached by the stack file's word, and only what runs can be."""
    there = [name for name, other in services.items() if _is_database(other.entry) and other.enabled]
    for index, name in enumerate(service.own.reaches):
        key = f"services.{service.entry.name}.reaches[{index}]"
        if name == service.entry.name:
            yield StackError(key, f"is {name} itself", "remove it")
        elif name in services and services[name].entry.protocol is Protocol.HTTP:
            problem = f"{name} is reached by every service, by its name and port"
            yield StackError(key, problem, "remove it; it is for databases")
        elif name not in there:
            yield StackError(key, f"{name} is no database that runs in this stack", did_you_mean(name, there))


def _is_database(entry: Entry) -> bool:
    return entry.protocol is not Protocol.HTTP and not entry.group


def not_http(accessory: Merged) -> Iterator[StackError]:
    """Yield what its settings say of it as if the proxy forwarded to it."""
    own = accessory.own
    set_ = {
        "direct-port": own.direct_port,
        "health.readiness": own.health.readiness,
        "health.liveness": own.health.liveness,
    }
    for key, value in set_.items():
        if value is not None:
            problem = "is for what the proxy forwards, and this speaks no HTTP"
            yield StackError(f"services.{accessory.entry.name}.{key}", problem, "remove it")
