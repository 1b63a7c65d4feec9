"""What an image's tag says of its version, and which other tags are newer ones of the same kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("patch", "minor", "major")
"""By the first number that differs, from the right: the third and what follows, the second, the first."""
LONG = 6
"""Digits; a number of as many is a date or a build's number."""
EXACT = 3
"""Numbers; a tag of fewer is moved along by its maker."""
_TAG = re.compile(r"(?P<mark>v?)(?P<numbers>\d+(\.\d+)*)(?P<rest>([-_.+]?[A-Za-z].*|[-_+].*)?)")
_BEFORE = re.compile(
    r"[-_.+]?(alpha|beta|rc|pre|preview|dev|nightly|snapshot|canary|next|exp|edge|test)[-_.]?(\d+(\.\d+)*)?(?![a-z])",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class Version:
    """A tag that has numbers."""

    tag: str
    numbers: tuple[int, ...]
    before: tuple[str, ...]
    """What makes it a pre-release, such as `rc`; empty for a release."""
    build: tuple[int, ...]
    """Numbers of the pre-release and of what it is built on (`-alpine3.21`), for the order of two that are equal."""
    kind: str
    """What else it says, without numbers: `v` in front, `-alpine`. Of another kind is another image."""

    @classmethod
    def parse(cls, tag: str) -> Version | None:
        """Read a tag; None if it names no version, such as `latest` or a commit."""
        found = _TAG.fullmatch(tag)
        if not found:
            return None
        rest = found["rest"]
        before = _BEFORE.search(rest)
        kept = _BEFORE.sub("", rest)
        return cls(
            tag=tag,
            numbers=_numbers(found["numbers"]),
            before=(before[1].lower(),) if before else (),
            build=tuple(number for part in _NUMBERS.finditer(rest) for number in _numbers(part[0])),
            kind=found["mark"] + _NUMBERS.sub("#", kept),
        )

    @property
    def order(self) -> tuple[tuple[int, ...], bool, tuple[str, ...], tuple[int, ...]]:
        """A release is later than its own pre-releases."""
        return (self.numbers, not self.before, self.before, self.build)


def newer(present: Version, tags: Iterable[str]) -> dict[str, str]:
    """The newest later tag of each of `KINDS`, as far as there is one.

    Of the same kind and as exact as the present one; a pre-release only where the present one is one.
    """
    found: dict[str, Version] = {}
    for tag in tags:
        other = Version.parse(tag)
        if other is None or not _comparable(present, other) or other.order <= present.order:
            continue
        change = change_between(present.numbers, other.numbers)
        if change not in found or other.order > found[change].order:
            found[change] = other
    return {kind: found[kind].tag for kind in KINDS if kind in found}


def change_between(old: tuple[int, ...], new: tuple[int, ...]) -> str:
    """One of `KINDS`."""
    if old[0] != new[0]:
        return "major"
    return "minor" if old[1:2] != new[1:2] else "patch"


def _comparable(present: Version, other: Version) -> bool:
    if present.kind != other.kind or (other.before and not present.before):
        return False
    if max(map(_digits, other.numbers)) >= LONG > max(map(_digits, present.numbers)):
        return False
    wanted, there = len(present.numbers), len(other.numbers)
    return there == wanted or (wanted >= EXACT and there > wanted)


def _digits(number: int) -> int:
    return len(str(number))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
