"""Registries that give their images only to who logs in."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOCKER_HUB = ("docker.io", "registry-1.docker.io")
"""What people call it, and where its images are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry, and who logs in to it."""

    host: str
    """`ghcr.io`, or `127.0.0.1:5000`; no scheme, no path."""
    user: str

    @property
    def secret(self) -> str:
        """Name below `secret:` of the password or token."""
        return "registry-" + re.sub(r"[^a-z0-9]+", "-", self.host)

    @property
    def address(self) -> str:
        """Where its images are."""
        name, images = _DOCKER_HUB
        return images if self.host == name else self.host
