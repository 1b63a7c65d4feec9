"""How long ago a stack was backed up, and tried out whether that can be put back: from the host's history alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.topology.backup import BackupSpec
    from host.history import JSON

OLD = timedelta(hours=26)
"""Of a backup: one a night, and two hours for the night's own delay."""
LATE = timedelta(days=2)
"""Of a drill: one that did not begin is made up for by the next nights'."""


@dataclass(frozen=True)
class Age:
    """What is said of the last one."""

    said: str
    late: bool

    def shown(self) -> str:
        """One line, in its colour."""
        return f"[red]{escape(self.said)}[/red]" if self.late else escape(self.said)


def backup(known: Sequence[JSON], now: datetime) -> Age:
    """Of the last backup that this host has made; one that failed since is said, too."""
    good, last = _last(known, "backup", "ok"), _last(known, "backup")
    if good is None:
        return Age("backup: none was made here yet; `make backup`", late=True)
    said = f"backup: {good['release']}, {age(now - _at(good))} ago"
    if last is not good and last is not None:
        return Age(f"{said}; the last one failed: {last.get('why') or 'see make history'}", late=True)
    return Age(said, late=now - _at(good) > OLD)


def drill(spec: BackupSpec, known: Sequence[JSON], now: datetime) -> Age:
    """Of the last drill; late where the stack file has the host make them by itself."""
    last = _last(known, "drill")
    days = spec.timer.drill.days if spec.timer else 0
    if last is None:
        first = next((each for each in known if (each["service"], each["outcome"]) == ("backup", "ok")), None)
        late = bool(days) and first is not None and now - _at(first) > timedelta(days=days) + LATE
        return Age("drill: none was made yet; `make drill` tries whether the newest can be put back", late=late)
    ago = f"{age(now - _at(last))} ago"
    if last["outcome"] != "ok":
        return Age(f"drill: failed {ago}: {last.get('why') or 'see make history'}", late=True)
    late = bool(days) and now - _at(last) > timedelta(days=days) + LATE
    return Age(f"drill: {last['release']} could be put back, {ago}", late=late)


def age(span: timedelta) -> str:
    """A few letters: `5 min`, `3 h`, `2 days`."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days


def _last(known: Sequence[JSON], what: str, outcome: str = "") -> JSON | None:
    found = (each for each in reversed(known) if each["service"] == what and outcome in {"", each["outcome"]})
    return next(found, None)


def _at(record: JSON) -> datetime:
    return datetime.strptime(record["when"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
