"""A second proxy, which answers while the first one is replaced.

The engine ends the old container before it makes the new one, because both have the same name and ports. So the next
proxy is started beside the old one first, and new connections are led to it. The old one then ends as it always does:
it tells its clients so and answers what it has. When the new container answers, connections are led to that, and the
second one ends in the same way. All this goes on to its end, whatever becomes of the engine or the connection; without
a new container the second one answers on, and after a start of the machine too.

Needs root and nft on the host, and a daemon on it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..apart import in_a_session_of_its_own
from ..errors import Failed
from ..names import PROXY
from . import detour
from .asked import Asked
from .started import answers, unready

if TYPE_CHECKING:
    from ..clock import Clock
    from ..docker import Container, Docker
    from ..place import Place

STANDBY = f"{PROXY}-standby"
LOCK = "standby"
PATIENCE = 30
"""Seconds that the engine has to begin with the old container in. It may find that nothing of it changes."""
ENDS_WITHIN = 90
"""Seconds that whatever comes next waits for a second proxy to end."""
GREETING = 1
"""Seconds that a connection has to get through its greeting in, before the proxy that it has is told to end."""
GATEWAY = 2
"""Which column of /proc/net/route."""


def begin(text: str, old: Container, place: Place, docker: Docker, clock: Clock) -> None:
    """Start it and lead new connections to it; one that does not start leaves everything as it is, and says so."""
    if not detour.possible() or not Path(f"/proc/{old.pid}/root/run/caddy").is_dir():
        return
    asked = Asked.parse(text)
    with place.lock(LOCK, ENDS_WITHIN):
        try:
            _start(asked, place, docker, clock)
            detour.lead(leads(asked, docker))
        except Failed as failure:
            _remove(place, docker)
            print(f"{PROXY}: no second one answers while it is replaced: {failure}")
            return
        place.write(place.standby, json.dumps({"old": old.id, "asked": text}).encode())
        if not os.fork():
            in_a_session_of_its_own()
            with suppress(Failed, OSError):
                _look_after(asked, old.id, place, docker, clock)
            os._exit(0)
    # What is in its greeting with the old one.
    clock.sleep(GREETING)


def resume(place: Place, docker: Docker, clock: Clock) -> None:
    """Go on with one that a restart of the machine cut off."""
    try:
        noted = json.loads(place.standby.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    with suppress(Failed), place.lock(LOCK, 0):
        _look_after(Asked.parse(noted["asked"]), noted["old"], place, docker, clock)


def ended(place: Place) -> None:
    """Wait until there is none; Failed if there is one all the time."""
    with place.lock(LOCK, ENDS_WITHIN):
        pass


def remove(place: Place, docker: Docker) -> None:
    """Take it away with the whole stack, whatever it does."""
    if place.standby.exists():
        _remove(place, docker)


def leads(asked: Asked, docker: Docker) -> list[detour.Lead]:
    """Where each published port leads to by the second proxy."""
    (found,) = json.loads(docker.must("inspect", "--type", "container", STANDBY))
    settings = found["NetworkSettings"]
    try:
        gateways = _gateways(Path(f"/proc/{found['State']['Pid']}/net/route").read_text(encoding="ascii"))
    except OSError:
        gateways = set()
    addresses = [each["IPAddress"] for each in settings["Networks"].values() if each["Gateway"] in gateways]
    ports = {
        (each["HostIp"], int(inside.partition("/")[0])): int(each["HostPort"])
        for inside, bindings in settings["Ports"].items()
        for each in bindings or ()
    }
    if not addresses or any((each.bare, each.inside) not in ports for each in asked.listen):
        raise Failed("Docker tells no address or port of it")
    return [detour.Lead(each, addresses[0], ports[each.bare, each.inside]) for each in asked.listen]


def _gateways(routes: str) -> set[str]:
    """The gateways of a table of routes, whose addresses are 32 bits in hex, of the machine's own byte order."""
    columns = (line.split() for line in routes.splitlines()[1:])
    return {".".join(map(str, reversed(bytes.fromhex(each[GATEWAY])))) for each in columns if int(each[GATEWAY], 16)}


def _start(asked: Asked, place: Place, docker: Docker, clock: Clock) -> None:
    """Start it on the networks of the proxy, with its names; Failed if it does not answer."""
    _remove(place, docker)
    (first, names), *others = asked.networks
    publish = [word for each in asked.listen for word in ("--publish", f"{each.address}::{each.inside}")]
    options = (
        "--name", STANDBY, "--restart", "unless-stopped", *asked.options(place), "--volume", asked.storage, *publish,
        "--network", first, *(word for name in names for word in ("--network-alias", name)),
    )  # fmt: skip
    docker.must("create", *options, asked.image, *asked.command)
    for network, names in others:
        aliases = [word for name in names for word in ("--alias", name)]
        docker.must("network", "connect", *aliases, network, STANDBY)
    docker.limit(STANDBY)
    why = docker.start(STANDBY) or unready(asked.health, STANDBY, docker, clock)
    if why:
        raise Failed(why)


def _look_after(asked: Asked, old: str, place: Place, docker: Docker, clock: Clock) -> None:
    """Until the new container answers, or the engine leaves the old one where it is."""
    began = clock.now()
    led: list[detour.Lead] | None = None
    while (standby := docker.find(STANDBY)) is not None:
        now: list[detour.Lead] = []
        if standby.running:
            with suppress(Failed):
                # Docker gives it another address when it starts it again.
                now = leads(asked, docker)
        if now != led:
            _turn(now)
            led = now
        proxy = docker.find(PROXY)
        replaced = proxy is not None and proxy.id != old
        there = proxy is not None and proxy.running and (replaced or clock.now() - began >= PATIENCE)
        if there and answers(asked.health, PROXY, docker):
            break
        clock.sleep(0.5)
    detour.end()
    with suppress(Failed):
        # The new one, too, which the engine's plugin has made.
        docker.limit(STANDBY)
    clock.sleep(GREETING)
    docker.call("stop", "-t", str(asked.stop), STANDBY)
    _remove(place, docker)


def _turn(now: list[detour.Lead]) -> None:
    if not now:
        detour.end()
        return
    with suppress(Failed):
        detour.lead(now)


def _remove(place: Place, docker: Docker) -> None:
    detour.remove()
    docker.call("rm", "--force", "--volumes", STANDBY)
    place.standby.unlink(missing_ok=True)
