"""Changes of what the engine recorded, for `Engine.change_state`. They keep all that they do not know."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.names import COMMAND, HOST

if TYPE_CHECKING:
    from host.identity import Identity

JSON = dict[str, Any]

PROVIDERS = "pulumi:providers:"


def with_daemon(deployment: JSON, identity: Identity) -> JSON:
    """With the daemon that it was made with, as the program writes it there."""
    resources: list[JSON] = deployment.get("resources", [])
    daemon = asdict(identity)
    return {
        **deployment,
        "resources": [
            {**found, "outputs": {**(found.get("outputs") or {}), "daemon": daemon}} if found["type"] == HOST else found
            for found in resources
        ],
    }


def without_host(deployment: JSON, provider: str) -> JSON:
    """Without a host's Docker resources, and without what was run on it. `provider`: how its provider's URN ends.

    Where that leaves components and providers alone, they go as well: a state that knows resources and no container is
    taken for that of a first run that was cut short, whose containers may be removed.
    """

    def lost(resource: JSON) -> bool:
        # A provider is referred to by its URN and, behind `::`, its id.
        of = str(resource.get("provider", "")).rpartition("::")[0]
        return resource["urn"].endswith(provider) or of.endswith(provider) or resource["type"] == COMMAND

    resources: list[JSON] = deployment.get("resources", [])
    gone = {found["urn"] for found in resources if lost(found)}
    kept = [_independent(found, gone) for found in resources if not lost(found)]
    if not any(found.get("id") and not found["type"].startswith(PROVIDERS) for found in kept):
        kept = []
    pending = [found for found in deployment.get("pending_operations") or [] if not lost(found["resource"])]
    return {**deployment, "resources": kept, "pending_operations": pending}


def _independent(resource: JSON, gone: set[str]) -> JSON:
    """A resource that depends on none of those that are gone."""
    changed = dict(resource)
    if "dependencies" in resource:
        changed["dependencies"] = [urn for urn in resource["dependencies"] if urn not in gone]
    if "propertyDependencies" in resource:
        changed["propertyDependencies"] = {
            key: [urn for urn in urns or [] if urn not in gone]
            for key, urns in resource["propertyDependencies"].items()
        }
    return changed
