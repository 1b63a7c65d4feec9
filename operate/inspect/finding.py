"""What `make doctor` says of one thing that it has looked at."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, ADVICE, BAD = "good", "advice", "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    verdict: str
    """`good`, `advice` (it works without) or `bad` (it will not work)."""
    seen: str
    cure: str = ""
