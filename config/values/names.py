"""Names with a grammar: host names and image references. Canonical by construction, as `config.values.units` are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from config.values.errors import Mistake, shown
from config.values.units import Unit

LONGEST_NAME = 253
"""RFC 1035's limit for a whole domain name, in characters."""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_REGISTRY = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:[0-9]))(?::[0-9]{1,5})?"
_PATH = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"(?:{_REGISTRY}/)?{_PATH}(?:/{_PATH})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, order=True)
class ImageReference(Unit):
    """An image as `repository:tag`, or better `repository:tag@sha256:…`: tag for people, digest for machines."""

    repository: str
    tag: str
    digest: str | None = None

    PATTERN: ClassVar[str] = r"[^:@\s]+(:\d+/[^:@\s]+)?:[A-Za-z0-9_][A-Za-z0-9._-]*(@sha256:[0-9a-f]{64})?"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("caddy:2.11.4", "metabase/metabase:v0.63.19")

    def __post_init__(self) -> None:
        """Refuse what Docker would refuse."""
        if len(self.repository) > LONGEST_NAME or not _REPOSITORY.fullmatch(self.repository):
            lower = self.repository.lower()
            cure = f"write {shown(lower)}" if _REPOSITORY.fullmatch(lower) else "write it like n8nio/n8n:2.41.6"
            raise Mistake(f"{shown(self.repository)} is not an image's repository", cure)
        if not _TAG.fullmatch(self.tag):
            raise Mistake(f"{shown(self.tag)} is not a tag", "write the image like n8nio/n8n:2.41.6")
        if self.digest is not None and not _DIGEST.fullmatch(self.digest):
            raise Mistake(f"{shown(self.digest)} is not a digest", "write sha256: and 64 hexadecimal digits")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `repository:tag` and `repository:tag@digest`. The tag is never left to Docker's `latest`."""
        name, at, digest = text.partition("@")
        repository, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:
            raise Mistake(f"{shown(text)} names no version", f"add the tag: {shown(name)}:<tag>")
        return cls(repository, tag, digest if at else None)

    @property
    def pinned(self) -> bool:
        """Whether the same reference means the same bytes for ever."""
        return self.digest is not None

    def __str__(self) -> str:
        """Return the reference as Docker takes it."""
        return f"{self.repository}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


@dataclass(frozen=True, slots=True, order=True)
class Hostname(Unit):
    """A fully qualified host name, in lower case (RFC 1123)."""

    name: str

    PATTERN: ClassVar[str] = r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("mkt.smarterbot.cl", "mkt.smarterbot.localhost")

    def __post_init__(self) -> None:
        """Put it in lower case and refuse what no certificate could be had for."""
        object.__setattr__(self, "name", self.name.lower())
        problem = _host_mistake(self.name)
        if problem:
            raise Mistake(f"{shown(self.name)} {problem[0]}", problem[1])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a host name, without scheme, port or path."""
        return cls(text)

    def __str__(self) -> str:
        """Return the name."""
        return self.name


def _host_mistake(name: str) -> tuple[str, str] | None:
    """Return problem and cure of what is not a host name."""
    labels = name.split(".")
    rules = (
        (not name.isascii(), "has characters outside ASCII", f"write it in punycode: {shown(_punycode(name))}"),
        (any(mark in name for mark in "/:@"), "is more than a host name", "leave out scheme, port and path"),
        (labels[-1] == "" and len(labels) > 1, "ends with a dot", "leave the last dot out"),
        ("*" in name, "is a wildcard", "list each host as a site of its own"),
        (len(labels) == 1, "has no dot", "write the whole name, such as mkt.smarterbot.cl"),
        (len(name) > LONGEST_NAME, f"is longer than {LONGEST_NAME} characters", "shorten it"),
        (labels[-1].isdecimal(), "is an address", "write a host name, such as mkt.smarterbot.cl"),
        (
            not all(_LABEL.fullmatch(label) for label in labels),
            "is not a host name",
            "use letters, digits and hyphens between dots, at most 63 in a row",
        ),
    )
    return next(((problem, cure) for applies, problem, cure in rules if applies), None)


def _punycode(name: str) -> str:
    """Return a name's ASCII form, or what to look for where Python cannot make it."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return "xn--…"
