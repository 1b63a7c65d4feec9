"""Where a stack's settings come from: its file, or the engine that has read and decrypted that file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.stackfile import yaml12
from config.topology.model import PROJECT
from config.values.errors import StackError, did_you_mean, dotted, kind, shown
from config.values.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

TEXT_KEYS = ("certificates", "images")
"""Keys whose value is plain text; the engine hands over the others as JSON."""

PULUMI_KEYS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""What Pulumi lets a stack file have at the top."""

SECRETS = "secret"
"""Namespace of the stack's secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A stack's settings before they are checked, and the shadows of its secrets."""

    raw: Mapping[str, Any]
    """The keys of `config:` that start with `smarter-net:`, without that prefix."""
    secrets: Mapping[str, Secret]
    """By their names, without the prefix `secret:`."""


def read_stack_file(path: Path) -> Loaded:
    """Return what a `Pulumi.<stack>.yaml` says. Secrets stay encrypted, so their lengths are unknown."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise StackError(path.name, f"cannot be read ({error.strerror})", "check its name and its mode") from None
    except UnicodeDecodeError:
        raise StackError(path.name, "is not UTF-8 text", "save it as UTF-8") from None
    return of_text(text, path.name)


def of_text(text: str, name: str) -> Loaded:
    """Return what the text of a stack file says; `name` is the file's, for what is wrong with it."""
    config = _config(yaml12.read(text, name), name)
    raw: dict[str, Any] = {}
    secrets: dict[str, Secret] = {}
    for key, value in config.items():
        namespace, own = _split(key)
        if namespace == PROJECT:
            _refuse_encrypted(value, [own])
            raw[own] = value
        elif namespace == SECRETS:
            secrets[own] = _from_file(own, value)
    return Loaded(raw=raw, secrets=secrets)


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


def _config(document: object, name: str) -> Mapping[str, Any]:
    """Return the part of a stack file that is ours."""
    if document is None:
        raise StackError(name, "is empty", "start with `config:`, as Pulumi.dev.yaml does")
    if not isinstance(document, dict):
        raise StackError(name, f"must be a mapping, not {kind(document)}", "start with `config:`")
    for key in document:
        if key not in PULUMI_KEYS:
            raise StackError(shown(key), "is not a key of a stack file", did_you_mean(key, PULUMI_KEYS))
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
