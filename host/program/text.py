"""What other programs say, as a screen and the engine can take it."""

from __future__ import annotations

import json
import re
from typing import Any

CUT = 500
"""Bytes of a line of another program's. The engine's plugin never reads on after a line of more than 64 KiB."""
LONGEST = 4096
"""Bytes of a line of the program's own, which may quote several."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def short(text: str, most: int = CUT) -> str:
    """A line without control characters, cut between letters at so many bytes."""
    clean = CONTROL.sub("", text)
    encoded = clean.encode("utf-8", "replace")
    if len(encoded) <= most:
        return clean
    return encoded[:most].decode("utf-8", "ignore") + " ..."


def lines(text: str) -> list[str]:
    """The lines that say something, each of them short."""
    return [short(line) for line in text.splitlines() if line.strip()]


def last(text: str) -> str:
    """The last line that says something, where programs put the cause; empty if none does."""
    return (lines(text) or [""])[-1].strip()


def first(text: str) -> str:
    """The first line that says something; empty if none does."""
    return (lines(text) or [""])[0].strip()


def json_object(line: str) -> dict[str, Any]:
    """What one of JSON lines says; empty if it is none, such as one that was cut off."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
