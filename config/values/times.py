"""A time of the day, in a zone: what runs by itself runs then, summer and winter."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import ClassVar, Self
from zoneinfo import available_timezones

from config.values.errors import Mistake, shown
from config.values.units import Unit

_FORM = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) +(\S+)", re.ASCII)
_ZONE = re.compile(r"[A-Za-z]+(/[A-Za-z0-9_+-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimeOfDay(Unit):
    """Hour and minute, and the name of a zone of the tz database."""

    hour: int
    minute: int
    zone: str

    PATTERN: ClassVar[str] = r"([01]?[0-9]|2[0-3]):[0-5][0-9] +[A-Za-z]+(/[A-Za-z0-9_+-]+)*"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("03:15 America/Santiago", "07:00 UTC")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `03:15 America/Santiago`."""
        found = _FORM.fullmatch(text)
        if not found or not _ZONE.fullmatch(found[3]):
            raise Mistake(f"{shown(text)} is not a time of the day with its zone", f"write it like {cls.EXAMPLES[0]!r}")
        known = available_timezones()
        # A machine without the database knows none; the server does.
        if known and found[3] not in known:
            near = difflib.get_close_matches(found[3], known, n=1, cutoff=0.6)
            meant = f"; is {near[0]} meant?" if near else ""
            raise Mistake(f"{shown(found[3])} is no time zone{meant}", "write one such as America/Santiago, or UTC")
        return cls(int(found[1]), int(found[2]), found[3])

    def __str__(self) -> str:
        """Return the spelling that parses to the same value."""
        return f"{self.hour:02}:{self.minute:02} {self.zone}"

    @property
    def calendar(self) -> str:
        """As systemd's `OnCalendar=` takes it."""
        return f"*-*-* {self.hour:02}:{self.minute:02}:00 {self.zone}"
