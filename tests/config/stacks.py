"""Three good stacks, and small changes to them."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from config.catalog.secrets import needs
from config.derive import derive
from config.stackfile.read import read_stack_file
from config.stackfile.settings import Settings
from config.values.secret import Secret
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from config.topology.model import Topology

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "staging", "prod")


class StandIns(NamedTuple):
    """References of local images, as `images.references()` gives them."""

    caddy: str = "smarter-net/caddy:2.11.4"

    def of(self, service: str) -> str:
        return f"smarter-net/stand-in:{service}-0123456"


Patch = dict[str, Any]
"""Dotted path -> new value, or REMOVED. A number in a path is an index; a path's last part may be new."""

STAND_INS = StandIns()
PASSWORD = "correct horse battery"
HASH = "$2b$04$FTWhA9oScYXPpJbR4uxKMu47LG0DQQFOwtZpy/QZ.QH4u0gzjdFLC"
"""Of `PASSWORD`, at bcrypt's lowest cost."""
VALUES = {
    name: f"{name} of the tests, long enough"
    for name in (
        "n8n-encryption-key",
        "n8n-runners-token",
        "metabase-encryption-key",
        "metabase-database-password",
        "dokploy-auth-secret",
        "dokploy-database-password",
        "cloudflare-api-token",
    )
} | {"basic-auth-ops": HASH}
"""Every secret that staging and prod need."""
SECRETS = {name: Secret.of(value) for name, value in VALUES.items()}
LOGINS = {"basic-auth-ops": SECRETS["basic-auth-ops"]}
ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
CLOUDFLARE: Patch = {"dns/provider": "cloudflare", "dns/zone": ZONE}
REMOVED = object()


def raw(stack: str) -> dict[str, Any]:
    """The settings of one of the stack files, free to change."""
    return copy.deepcopy(_read(stack))


@functools.cache
def _read(stack: str) -> dict[str, Any]:
    return dict(read_stack_file(STACK_FILES / f"Pulumi.{stack}.yaml").raw)


def patched(stack: str, patch: Patch) -> dict[str, Any]:
    """Those settings with some values changed."""
    settings = raw(stack)
    for path, value in patch.items():
        parts: list[str | int] = [int(part) if part.isdecimal() else part for part in path.split("/")]
        target: Any = settings
        for part in parts[:-1]:
            target = target.setdefault(part, {}) if isinstance(target, dict) else target[part]
        if value is REMOVED:
            del target[parts[-1]]
        elif isinstance(target, list) and parts[-1] == len(target):
            target.append(value)
        else:
            target[parts[-1]] = value
    return settings


def topology(stack: str, patch: Patch | None = None, secrets: dict[str, Secret] | None = None) -> Topology:
    """The topology of one of the stacks, with some values changed."""
    settings = Settings.parse(patched(stack, patch or {}))
    return derive(stack, settings, SECRETS if secrets is None else secrets, STAND_INS)


def topology_of(path: Path) -> Topology:
    """The topology of any stack file. Secrets that are not made yet are taken for made: `make up` asks for them."""
    loaded = read_stack_file(path)
    settings = Settings.parse(loaded.raw)
    missing = {need.name: Secret.sealed("") for need in needs(settings, loaded.secrets)}
    return derive(path.name.split(".")[1], settings, {**missing, **loaded.secrets}, STAND_INS)
