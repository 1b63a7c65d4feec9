"""The proxy's config: what was delivered, what the proxy starts with, and what it runs have to be the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.names import STATUS_URL
from operate.inspect.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from host.daemon import Daemon
    from host.docker_objects import Container
    from operate.engine.state import Resource
    from operate.stack import Stack

STARTS_WITHIN = 2
"""Seconds from the start of the proxy's container until its status page answers, and more."""


def stale(
    stack: Stack, recorded: Resource, files: Mapping[str, str], daemon: Daemon, containers: Iterable[Container]
) -> Reason | None:
    """Why the config has to be delivered again; None if the proxy runs the one that was. `recorded`: its delivery."""
    delivered = files.get("proxy/caddy.json")
    proxy = stack.topology.proxy.name
    runs = any(found.service == proxy and found.serves for found in containers)
    running = _running(daemon, proxy)
    if running is None and runs:
        # It may have been started a moment ago.
        time.sleep(STARTS_WITHIN)
        running = _running(daemon, proxy)
    if delivered != recorded.given:
        return Reason(f"{proxy}: the config that was delivered is not on the host any more", "delivered again")
    if running is None and runs:
        # It may run a config that has neither this page nor a site.
        return Reason(f"{proxy}: its status page does not answer", "given its config again")
    if running not in {None, delivered}:
        return Reason(f"{proxy}: its running config was changed by hand", "loaded again")
    return None


def _running(daemon: Daemon, proxy: str) -> str | None:
    return daemon.exec(proxy, "wget", "-q", "-T", "5", "-O", "-", f"{STATUS_URL}/config/")
