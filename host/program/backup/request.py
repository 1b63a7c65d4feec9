"""What a backup or a restore is asked to do: one JSON document, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from ..request import NOT_IN_A_NAME, document_of, incomplete, user

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One volume of the stack, and how it is copied."""

    service: str
    volume: str
    """Docker volume name, or a directory of the host."""
    path: str
    """Where its container sees it."""
    way: str
    """`postgres`, `sqlite` or `files`."""
    file: str
    """Of `sqlite`: the database's name in the volume; else empty."""
    leave_out: list[str]
    """Paths below the volume that are not copied."""
    pause: bool
    image: str
    environment: dict[str, str]
    """Of `postgres`: what its image makes the database from; else empty."""
    password: str
    """Of `postgres`: its user's; else empty. Needed to put it back only."""
    health: list[str]
    """Of `postgres`: the command that succeeds once it serves; else empty."""


@dataclass(frozen=True)
class Request:
    """One backup, list or restore of one stack."""

    stack: str
    by: str
    to: str
    """The repository, as restic takes it."""
    password: str
    s3_key_id: str
    s3_secret: str
    """Both empty but for S3."""
    keep: dict[str, int]
    """`last`, `daily`, `weekly`, `monthly`; none: all are kept."""
    make: bool
    """Whether a repository that is not there is made."""
    parts: list[Part]
    files: dict[str, str]
    """Name and content of what goes into a backup besides the volumes."""
    at: str
    """Of a restore: the first digits of a backup's id, or `latest`."""
    services: list[str]
    """Of a restore: whose volumes; empty: all."""
    overwrite: bool
    """Whether what is there may be moved aside."""
    labels: dict[str, str]
    """Of a volume that is made."""

    @classmethod
    def parse(cls, text: str) -> Request:
        """From a text; Failed if any of it is missing or of another type."""
        return cls.from_document(document_of(text))

    @classmethod
    def from_document(cls, document: Any) -> Request:  # noqa: ANN401  JSON
        """From a document; Failed if any of it is missing or of another type."""
        if not isinstance(document, dict):
            raise incomplete("no object")
        parts = document.get("parts")
        if not isinstance(parts, list):
            raise incomplete("no parts")
        made = [typed(Part, part) for part in parts]
        by = NOT_IN_A_NAME.sub("", str(document.get("by") or "")) or user()
        return typed(cls, {**document, "parts": made, "by": by})


def typed(kind: type[T], values: Any) -> T:  # noqa: ANN401  JSON
    """A dataclass from an object of JSON; Failed if any of it is missing or of another type."""
    if not isinstance(values, dict):
        raise incomplete("no object")
    known = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    for name, type_ in known.items():
        if name not in values:
            raise incomplete(f"no {name}")
        if type(values[name]).__name__ != type_.partition("[")[0]:
            raise incomplete(f"{name} is no {type_}")
    return kind(**{name: values[name] for name in known})
