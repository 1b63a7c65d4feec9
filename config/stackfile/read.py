"""Where a stack's settings come from: its file, or the engine that has read and decrypted that file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.stackfile import yaml12
from config.topology.model import PROJECT
from config.values.errors import StackError, did_you_mean, dotted, first, kind, shown
from config.values.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

TEXT_KEYS = ("certificates", "images")
"""Keys whose value is plain text; the engine hands over the others as JSON."""

PULUMI_KEYS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""What Pulumi lets a stack file have at the top."""

_HOST = re.compile(rf"(?m)^(?P<indent> +)(?:{PROJECT}:)?host:(?P<rest>.*(?:\n(?:(?P=indent) +.*|[ ]*))*)")
"""That section: what follows is indented more, or blank."""
SECRETS = "secret"
"""Namespace of the stack's secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A stack's settings before they are checked, and the shadows of its secrets."""

    raw: Mapping[str, Any]
    """The keys of `config:` that start with `smarter-net:`, without that prefix."""
    secrets: Mapping[str, Secret]
    """By their names, without the prefix `secret:`."""


def text_of(path: Path) -> str:
    """Return the text of a `Pulumi.<stack>.yaml`; `StackError` if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StackError(path.name, f"cannot be read ({error.strerror})", "check its name and its mode") from None
    except UnicodeDecodeError:
        raise StackError(path.name, "is not UTF-8 text", "save it as UTF-8") from None


def read_stack_file(path: Path) -> Loaded:
    """Return what a `Pulumi.<stack>.yaml` says. Secrets stay encrypted, so their lengths are unknown."""
    return of_text(text_of(path), path.name)


def of_text(text: str, name: str) -> Loaded:
    """Return what the text of a stack file says; `name` is the file's, for what is wrong with it."""
    loaded, wrong = as_far_as_possible(text, name)
    error = first(wrong)
    if error or loaded is None:
        raise error or StackError(name, "is empty", "start with `config:`, as Pulumi.dev.yaml does")
    return loaded


def as_far_as_possible(text: str, name: str) -> tuple[Loaded | None, list[StackError]]:
    """Return what can be read of a stack file, None if that is nothing, and what is wrong with the rest."""
    document, wrong = yaml12.read_on(text, name)
    if wrong and document is None:
        return None, wrong
    try:
        config = _config(document, name, wrong)
    except StackError as error:
        return None, [*wrong, error]
    raw: dict[str, Any] = {}
    secrets: dict[str, Secret] = {}
    for key, value in config.items():
        namespace, own = _split(key)
        try:
            if namespace == PROJECT:
                _refuse_encrypted(value, [own])
                raw[own] = value
            elif namespace == SECRETS:
                secrets[own] = _from_file(own, value)
        except StackError as error:
            wrong.append(error)
    return Loaded(raw=raw, secrets=secrets), wrong


def host_in(text: str) -> object:
    """Return the section `host` of a text that is no stack file as a whole, as it is written; None if it has none."""
    found = _HOST.search(text.replace("\r\n", "\n"))
    if not found:
        return None
    document, wrong = yaml12.read_on(f"host:{found['rest']}", "")
    return document["host"] if isinstance(document, dict) and not wrong else None


def from_engine(config: Mapping[str, str], secret_keys: Collection[str]) -> Loaded:
    """Return what the engine hands to a program: flat keys, objects as JSON, secrets decrypted and listed by key."""
    raw: dict[str, Any] = {}
    secrets: dict[str, Secret] = {}
    for key, text in config.items():
        namespace, name = _split(key)
        if namespace == PROJECT:
            if key in secret_keys:
                raise _encrypted([name])
            raw[name] = text if name in TEXT_KEYS else _decoded(text)
        elif namespace == SECRETS:
            secrets[name] = Secret.of(text, encrypted=key in secret_keys)
    return Loaded(raw=raw, secrets=secrets)


def _config(document: object, name: str, wrong: list[StackError]) -> Mapping[str, Any]:
    """Return the part of a stack file that is ours; what stands beside it is added to what is `wrong`."""
    if document is None:
        raise StackError(name, "is empty", "start with `config:`, as Pulumi.dev.yaml does")
    if not isinstance(document, dict):
        raise StackError(name, f"must be a mapping, not {kind(document)}", "start with `config:`")
    wrong += [
        StackError(shown(key), "is not a key of a stack file", did_you_mean(key, PULUMI_KEYS))
        for key in document
        if key not in PULUMI_KEYS
    ]
    config = document.get("config")
    if config is None:
        raise StackError("config", "is missing", "add it, with the stack's settings below, as Pulumi.dev.yaml does")
    if not isinstance(config, dict):
        raise StackError("config", f"must be a mapping, not {kind(config)}", f"write `{PROJECT}:sites: …` below it")
    return config


def _split(key: object) -> tuple[str, str]:
    """Return namespace and name; a key without a namespace is the project's, as the engine takes it."""
    namespace, colon, name = str(key).partition(":")
    return (namespace, name) if colon else (PROJECT, namespace)


def _from_file(name: str, value: object) -> Secret:
    if isinstance(value, dict) and list(value) == ["secure"] and isinstance(value["secure"], str):
        return Secret.sealed(value["secure"])
    if isinstance(value, dict | list) or value is None:
        cure = f"run `pulumi config set --secret secret:{name}`"
        raise StackError(f"secret:{shown(name)}", f"must be one encrypted text, not {kind(value)}", cure)
    return Secret.of(str(value), encrypted=False)


def _decoded(text: str) -> object:
    """Return the value that the engine has written as JSON, or the text itself where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _refuse_encrypted(value: object, path: Sequence[str | int]) -> None:
    """Refuse encrypted values outside `secret:`, which would be decrypted into the plain settings."""
    if isinstance(value, dict):
        if list(value) == ["secure"]:
            raise _encrypted(path)
        for key, item in value.items():
            _refuse_encrypted(item, [*path, str(key)])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_encrypted(item, [*path, index])


def _encrypted(path: Sequence[str | int]) -> StackError:
    cure = "set it with `pulumi config set --secret secret:<name>` and name it in the service's `secrets`"
    return StackError(dotted(path), "holds an encrypted value", cure)
