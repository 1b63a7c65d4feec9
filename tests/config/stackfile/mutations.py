"""What goes wrong with a file that people edit: small changes to a good one, the same ones from the same seed."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

Place = tuple[Any, ...]
"""Keys and indices that lead to a value."""

EXTREMES: tuple[Any, ...] = (
    0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 0.1, 1e308, -0.0, math.inf, math.nan, True, False, None,
    "", " ", "\n", "~", "null", "yes", "0x1f", "1e3", "1_000", "12:30:45", "2026-11-26", "a" * 10_000, "/" * 5_000,
    "999999999999GiB", "0MiB", "99999999h", "-1s", "*" * 300, "{{", "{url}", "{port!r}", "${HOME}", "$(id)", "`id`",
    "; rm -rf /", "../../etc/passwd", "%s%n", "\\", "'", '"', "#", "[]", "{}",
    [], {}, [[]], [{}], {"": ""}, {"secure": "v1:x"},
)  # fmt: skip
STRANGE = (
    "\0", "\a", "\x1b[2J", "\x7f", "\x85", "\u00a0", "\u200b", "\u202e", "\u2028", "\ufeff", "\ufffd",
    "\u00e9", "\u00df", "\u0131", "\u212a", "\u0663", "\uff11", "\u2163", "\U0001f600", "\U000e0001", "e\u0301" * 50,
    "\ud800",
)  # fmt: skip
"""Controls, what moves or hides text, letters that change with their case, digits of other scripts, half a letter."""
DEEPEST = 60


def mutated(settings: dict[str, Any], random: Random) -> dict[str, Any]:
    """A copy of it with one to three mistakes."""
    changed = copy.deepcopy(settings)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(changed))
        if places:
            random.choice(MISTAKES)(changed, places, random)
    return changed


def misspelt(text: str, random: Random) -> bytes:
    """The text with one line or one byte changed, which may leave no YAML."""
    lines = text.splitlines(keepends=True)
    at = random.randrange(len(lines))
    other = random.randrange(len(lines))
    kind = random.randrange(7)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(other, lines[at])
    elif kind == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 3:
        lines[at] = " " * random.randrange(1, 9) + lines[at]
    elif kind == 4:
        lines[at] = lines[at].lstrip()
    elif kind == 5:
        lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
    found = bytearray("".join(lines).encode())
    if kind == 6:
        found[random.randrange(len(found))] = random.randrange(256)
    return bytes(found)


def written(settings: dict[Any, Any]) -> bytes:
    """A stack file of those settings, in which half a letter is an escape, as YAML has it."""
    config = {f"smarter-net:{key}" if isinstance(key, str) else key: value for key, value in settings.items()}
    return yaml.safe_dump({"config": config}, allow_unicode=False, sort_keys=False).encode()


def _places(value: Any, above: Place = ()) -> Iterator[Place]:  # noqa: ANN401 - whatever a file holds
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from _places(item, (*above, key))


def _at(settings: Any, place: Place) -> tuple[Any, Any, Any]:  # noqa: ANN401 - whatever a file holds
    """The mapping or list that a place is in, its key there, and its value."""
    for part in place[:-1]:
        settings = settings[part]
    return settings, place[-1], settings[place[-1]]


def _drop(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    holder, key, _ = _at(settings, random.choice(places))
    del holder[key]


def _retype(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    holder, key, value = _at(settings, random.choice(places))
    as_mapping = {"a": value}
    holder[key] = random.choice((str(value), [value], as_mapping, 7, 7.5, True, None, list(as_mapping), value == 0))


def _swap(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    one, other = random.choice(places), random.choice(places)
    # A value within itself has no end.
    if one != other[: len(one)] and other != one[: len(other)]:
        (holder, key, value), (holder2, key2, value2) = _at(settings, one), _at(settings, other)
        holder[key], holder2[key2] = value2, value


def _duplicate(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    holder, key, value = _at(settings, random.choice(places))
    if isinstance(holder, list):
        holder.extend(copy.deepcopy(value) for _ in range(random.choice((1, 2, 50))))
    else:
        near = (f"{key}s", f"{key}"[:-1], f"{key}".upper(), f"{key}".replace("-", "_"), f" {key}", f"{key}.{key}")
        holder[random.choice(near)] = copy.deepcopy(value)


def _extreme(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    holder, key, _ = _at(settings, random.choice(places))
    holder[key] = copy.deepcopy(random.choice(EXTREMES))


def _strange(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    holder, key, value = _at(settings, random.choice(places))
    strange = random.choice(STRANGE)
    if isinstance(holder, dict) and random.random() < 0.3:
        holder[f"{key}{strange}"] = holder.pop(key)
        return
    text = str(value)
    at = random.randrange(len(text) + 1)
    holder[key] = text[:at] + strange + text[at:]


def _nest(settings: dict[str, Any], places: list[Place], random: Random) -> None:
    holder, key, value = _at(settings, random.choice(places))
    for _ in range(random.choice((1, 2, 19, 20, 21, DEEPEST))):
        value = [value] if random.random() < 0.5 else {key if isinstance(key, str) else "a": value}
    holder[key] = value


MISTAKES: tuple[Callable[[dict[str, Any], list[Place], Random], None], ...] = (
    _drop, _retype, _swap, _duplicate, _extreme, _strange, _nest,
)  # fmt: skip
