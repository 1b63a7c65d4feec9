"""Where a host is not as the last run left it, and what the next one does about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One difference."""

    found: str
    """What it is, such as `n8n: n8n-3f2a1bc does not run`."""
    cure: str
    """What is done, such as `started again`."""

    def announced(self) -> str:
        """For a run that does it, unless the operator says no."""
        return f"{self.found}; will be {self.cure}"

    def offered(self) -> str:
        """For one that only looks: `make up` would do it."""
        return f"{self.found}; would be {self.cure}"
