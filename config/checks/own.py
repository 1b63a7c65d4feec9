"""The checks of services that the catalog does not know: their names, and what only the catalog could say otherwise."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from config.catalog.accessories import entries
from config.catalog.own import LABEL, every_entry, is_own
from config.catalog.services import PROXY
from config.stackfile.service_settings import Backup
from config.topology.model import PROJECT
from config.values.errors import StackError, did_you_mean, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.entry import Entry
    from config.stackfile.service_settings import ServiceSettings, VolumeSettings
    from config.stackfile.settings import Settings

LONGEST = 40
"""Characters of a name: with a release behind it, it is a name on the network, which has 63."""
RESERVED = {
    PROXY.name: "the proxy's",
    "proxy": "the proxy's",
    **dict.fromkeys(("backups", "dns", "firewall", "host", "network"), "another part of every stack's"),
    **dict.fromkeys(("backup", "drill"), "the history's"),
    "localhost": "each container's own",
}
"""Names that a plan, a message or the network has for something else."""
MADE = re.compile(r"-(image|rollout|bridge|stand-in|[0-9a-f]{7})$")
"""How names end that the program makes of another service's."""
NOT_FOR_DATA = ("/dev", "/proc", "/run/secrets", "/sys")
"""Folders of every container that are the kernel's, or hold its secrets."""


def mistakes(settings: Settings) -> Iterator[StackError]:
    """Yield what is wrong with the services' names, and with those that the catalog does not know."""
    known = entries()
    volumes = _volumes_of_all(settings)
    for name, said in settings.services.items():
        if name in known:
            yield from _the_catalogs(name, said)
        elif not is_own(name, said):
            meant = did_you_mean(name, known)
            cure = meant if meant.startswith("did") else f"{meant}; one of your own has `image` and `port`"
            yield StackError(dotted(["services", name]), "is not in the catalog", cure)
        else:
            yield from _name(name, settings)
            yield from _needed(name, said, known)
            yield from _volumes(name, said, volumes)


def _the_catalogs(name: str, said: ServiceSettings) -> Iterator[StackError]:
    for key, value in {"port": said.port, "volumes": said.volumes, "steps-down": said.steps_down}.items():
        if value:
            yield StackError(f"services.{name}.{key}", f"is what the catalog says of {name}", "remove it")


def _name(name: str, settings: Settings) -> Iterator[StackError]:
    key = dotted(["services", name])
    aliases = {alias: entry.name for entry in entries().values() for alias in entry.aliases}
    made = MADE.search(name)
    if not LABEL.fullmatch(name) or len(name) > LONGEST:
        problem = "is not a name that a service can have on the network"
        yield StackError(key, problem, f"use lower-case letters, digits and hyphens, at most {LONGEST}")
    elif name in RESERVED or name.startswith(f"{PROXY.name}-"):
        yield StackError(key, f"is {RESERVED.get(name, RESERVED[PROXY.name])} name", "choose another one")
    elif name in aliases:
        yield StackError(key, f"is a name of {aliases[name]} on the network", "choose another one")
    elif made and (name[: made.start()] in settings.services or name[: made.start()] in entries()):
        other = name[: made.start()]
        yield StackError(key, f"ends in {made[0]}, as what belongs to {other} does", "choose another one")


def _needed(name: str, said: ServiceSettings, known: Mapping[str, Entry]) -> Iterator[StackError]:
    key = dotted(["services", name])
    meant = did_you_mean(name, known)
    if said.port is None and meant.startswith("did"):
        yield StackError(key, "is not in the catalog", f"{meant} one of your own has a `port` too")
        return
    if said.port is None:
        cure = "add the one that it listens on in its container, such as `port: 3000`"
        yield StackError(f"{key}.port", "is missing, and the catalog does not know it", cure)
    if said.health.readiness is None:
        cure = "add the path that answers 2xx once it can take traffic, such as `health: {readiness: /}`"
        yield StackError(f"{key}.health.readiness", "is missing, and the catalog does not know it", cure)


def _volumes(name: str, said: ServiceSettings, others: Mapping[str, str]) -> Iterator[StackError]:
    seen: dict[str, PurePosixPath] = {}
    for volume, each in said.volumes.items():
        key, path = dotted(["services", name, "volumes", volume]), PurePosixPath(each.path)
        docker = f"{PROJECT}-{name}-{volume}"
        owner = others.get(docker)
        over = next((taken for taken in NOT_FOR_DATA if _overlap(path, PurePosixPath(taken))), None)
        earlier = next((other for other, seen_path in seen.items() if _overlap(path, seen_path)), None)
        if owner and owner != name:
            yield StackError(key, f"its Docker volume would be {docker}, that of {owner}", "choose another name")
        if over:
            yield StackError(f"{key}.path", f"{path} and {over}, the container's own, overlap", "name another folder")
        elif earlier:
            problem = f"{path} and {seen[earlier]} of {earlier} overlap"
            yield StackError(f"{key}.path", problem, "give each volume a folder of its own")
        yield from _copied(key, each)
        seen[volume] = path


def _copied(key: str, volume: VolumeSettings) -> Iterator[StackError]:
    if volume.backup is Backup.NONE:
        for word, value in {"sqlite": volume.sqlite, "leave-out": volume.leave_out}.items():
            if value:
                yield StackError(f"{key}.{word}", "is about a backup, which `backup: none` has not", "remove the one")
    elif volume.sqlite and volume.leave_out:
        problem = "is for files alone, and this volume has a database that is dumped"
        yield StackError(f"{key}.leave-out", problem, "remove it, or give the database a volume of its own")


def _volumes_of_all(settings: Settings) -> dict[str, str]:
    """The Docker volumes of a stack and its stand-ins, with the service that has each; the first where two would."""
    found: dict[str, str] = {}
    for entry in every_entry(settings).values():
        found.setdefault(f"{PROJECT}-{entry.name}-stand-in", f"the stand-in of {entry.name}")
        for volume in entry.volumes:
            found.setdefault(volume.name, entry.name)
    return found


def _overlap(one: PurePosixPath, other: PurePosixPath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
