"""What an image of a registry says of itself, against what the program knows of it (`tools/images/contracts`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from config.values.errors import Mistake, kind
from config.values.units import Capability
from tools.images.contract import INITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.entry import Entry
    from tools.images.contract import Contract

_ROOT = {"", "0", "root", "0:0"}
_BUILD = "choose another tag, or build it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """The config of an image, as far as a container is made of it."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    user: str
    environment: Mapping[str, str]
    ports: frozenset[str]
    volumes: frozenset[str]
    stop_signal: str

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> ImageConfig:
        """From the registry's JSON, where what is not said is missing or null; `Mistake` where it has another shape."""
        pairs = (pair.partition("=") for pair in _listed(said, "Env"))
        return cls(
            entrypoint=_listed(said, "Entrypoint"),
            command=_listed(said, "Cmd"),
            user=_text(said, "User"),
            environment={name: value for name, _, value in pairs},
            ports=frozenset(port if "/" in port else f"{port}/tcp" for port in _listed(said, "ExposedPorts")),
            volumes=frozenset(_listed(said, "Volumes")),
            stop_signal=_text(said, "StopSignal") or "SIGTERM",
        )

    @property
    def has_init(self) -> bool:
        """Whether its process 1 reaps and passes signals on."""
        return bool(self.entrypoint) and PurePosixPath(self.entrypoint[0]).name in INITS


def _listed(said: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The words of a list, or the keys of a mapping."""
    found = said.get(key) or ()
    if not isinstance(found, list | dict | tuple) or not all(isinstance(word, str) for word in found):
        raise Mistake(f"its {key} is not a list of words", _BUILD)
    return tuple(found)


def _text(said: Mapping[str, Any], key: str) -> str:
    found = said.get(key) or ""
    if not isinstance(found, str):
        raise Mistake(f"its {key} is {kind(found)}, not text", _BUILD)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that an image says otherwise than its contract."""

    text: str
    relied_on: str = ""
    """What of the program would go wrong; empty: nothing that is known of."""
    cure: str = ""
    """Empty: it is of a contract, which may be out of date."""


def proxy_differences(known: Contract, found: ImageConfig) -> list[Difference]:
    """Of the proxy's image. Its ports and its command the program says itself."""
    return [
        *_words("entry point", known.entrypoint, found.entrypoint, "the proxy's command is given to it as arguments"),
        *_words("command", known.command, found.command, ""),
        *_caddy(known, found),
        *_exposed(known.ports, found, ""),
        *_user(known, found, "its certificates and its admin socket are root's"),
        *_stop_signal(known, found, ""),
        *_new_volumes(known.volumes, found),
    ]


def differences(entry: Entry, known: Contract, found: ImageConfig, command: tuple[str, ...] | None) -> list[Difference]:
    """Of a service's image. `command`: what the stack file or the catalog gives it, None for the image's own."""
    if known.repository is None:
        return [*_port(entry, known, found), *_node(entry, found)]
    keeps = any(not volume.name.startswith("/") for volume in entry.volumes)
    keeps = keeps or Capability("SETUID") in entry.capabilities
    stop = f"{entry.name} is stopped by {known.stop_signal}" if known.stop_signal else ""
    return [
        *_port(entry, known, found),
        *_words("entry point", known.entrypoint, found.entrypoint, _init(known, found)),
        *(_words("command", known.command, found.command, "") if command is None else ()),
        *_user(known, found, "its volumes and rights are that user's" if keeps else ""),
        *_stop_signal(known, found, stop),
        *_new_volumes([volume.path for volume in entry.volumes], found),
        *_folders(entry, known, found),
    ]


def own_differences(entry: Entry, found: ImageConfig) -> list[Difference]:
    """Of an image that no contract is known of, against what the stack file says of its service."""
    key, port = f"services.{entry.name}", f"{entry.port}/tcp"
    lost = {path.rstrip("/") for path in found.volumes} - {volume.path for volume in entry.volumes}
    wrong = []
    if lost:
        cure = f"add a volume for each to {key}.volumes, with `backup: none` where it need not be kept"
        text = f"keeps data in {_list(lost)}, which has no volume here"
        wrong.append(Difference(text=text, relied_on="its data would go with the container", cure=cure))
    if found.ports and port not in found.ports:
        text = f"exposes {_list(found.ports)}, not {port}"
        wrong.append(Difference(text=text, cure=f"compare it with {key}.port; a variable may say it too"))
    if entry.capabilities and found.user not in _ROOT:
        text = f"runs as {found.user}, so it has no rights that it could step down from"
        wrong.append(Difference(text=text, cure=f"remove {key}.steps-down"))
    return wrong


def _init(known: Contract, found: ImageConfig) -> str:
    if known.has_init is found.has_init:
        return ""
    return "Docker's init process would be a second one" if found.has_init else "nothing reaps what it leaves behind"


def _port(entry: Entry, known: Contract, found: ImageConfig) -> Iterator[Difference]:
    port = f"{entry.port}/tcp"
    # Where a variable of the catalog says the port, the image's own is but a remark.
    told = any("{port}" in value for value in entry.environment.values())
    relied_on = "" if told or port in found.ports else f"requests go to port {entry.port}"
    yield from _exposed(known.ports or (port,), found, relied_on)


def _exposed(expected: tuple[str, ...], found: ImageConfig, relied_on: str) -> Iterator[Difference]:
    if found.ports and not set(expected) <= found.ports:
        yield Difference(text=f"exposes {_list(found.ports)}, not {_list(expected)}", relied_on=relied_on)


def _caddy(known: Contract, found: ImageConfig) -> Iterator[Difference]:
    """Whether the program that the proxy's command begins with is there, as far as a config tells."""
    (program,) = map(PurePosixPath, known.programs)
    path = found.environment.get("PATH")
    if path is not None and str(program.parent) not in path.split(":"):
        relied_on = f"the proxy's {program.name} is looked for there"
        yield Difference(text=f"has no {program.parent} in its PATH", relied_on=relied_on)
    if not _may_have(program.name, found):
        yield Difference(text=f"may not have {program.name}, which the proxy is started by")


def _node(entry: Entry, found: ImageConfig) -> Iterator[Difference]:
    tool = (entry.health.command or ("",))[0]
    if tool and not _may_have(tool, found):
        yield Difference(text=f"may not have {tool}, which its health is asked with")


def _may_have(program: str, found: ImageConfig) -> bool:
    """Whether it names a program, or the version of one as official images do."""
    words = {PurePosixPath(word).name for word in (*found.entrypoint, *found.command)}
    return program in words or f"{program.upper()}_VERSION" in found.environment


def _words(what: str, known: tuple[str, ...], found: tuple[str, ...], relied_on: str) -> Iterator[Difference]:
    if known != found:
        yield Difference(text=f"its {what} is {_shell(found)}, not {_shell(known)}", relied_on=relied_on)


def _user(known: Contract, found: ImageConfig, relied_on: str) -> Iterator[Difference]:
    same = {known.user, str(known.users.get(known.user, ""))} - {""} if known.user else _ROOT
    if found.user.partition(":")[0] not in same and found.user not in same:
        yield Difference(text=f"runs as {found.user or 'root'}, not {known.user or 'root'}", relied_on=relied_on)


def _stop_signal(known: Contract, found: ImageConfig, relied_on: str) -> Iterator[Difference]:
    expected = known.stop_signal or "SIGTERM"
    if found.stop_signal != expected:
        yield Difference(text=f"is stopped by {found.stop_signal}, not {expected}", relied_on=relied_on)


def _new_volumes(kept: list[str] | tuple[str, ...], found: ImageConfig) -> Iterator[Difference]:
    if lost := found.volumes - set(kept):
        relied_on = "its data would go with the container"
        yield Difference(text=f"keeps data in {_list(lost)}, which has no volume here", relied_on=relied_on)


def _folders(entry: Entry, known: Contract, found: ImageConfig) -> Iterator[Difference]:
    """Variables that the data relies on, such as PostgreSQL's PGDATA."""
    for name in entry.fixed:
        expected = known.environment.get(name)
        if expected and found.environment.get(name) != expected:
            said = found.environment.get(name, "nothing")
            yield Difference(text=f"its {name} is {said}, not {expected}", relied_on="its volume is there")


def _list(words: frozenset[str] | set[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(words))


def _shell(words: tuple[str, ...]) -> str:
    return f"`{' '.join(words)}`" if words else "none"
