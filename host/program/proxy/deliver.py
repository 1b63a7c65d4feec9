"""Delivers the proxy's config. The proxy loads it, and what it then runs is compared with it.

A config that the proxy refuses, or does not run afterwards, never becomes the file that it starts with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import Failed
from ..names import ADMIN_SOCKET, CONFIG_DIRECTORY, NOWHERE, PROXY, STATUS
from ..request import document_of, incomplete
from ..text import last
from .hold import hold_new_connections

if TYPE_CHECKING:
    from ..clock import Clock
    from ..docker import Docker
    from ..place import Place

CURRENT, NEXT = "caddy.json", "caddy.next.json"
RELEASE = re.compile(r"\{file\." + re.escape(CONFIG_DIRECTORY) + r"/releases/([a-z0-9-]+)\}")
NO_ANSWER = "performing request: "
"""In Caddy's complaint when nothing on its admin socket answers; what it answers begins otherwise."""
STARTS_WITHIN = 30
"""Seconds that the proxy has to answer in after it was started again."""


def deliver(text: str, place: Place, docker: Docker, clock: Clock) -> None:
    """Make a config the proxy's; Failed if the old one stays."""
    _check(text)
    place.need_room()
    with place.lock("deliver", 60) as lock:
        _deliver(text, place, docker, clock, lock)


def _check(text: str) -> None:
    """Refuse a config that would load, and leave a proxy that serves nothing and cannot be told anything."""
    document = document_of(text)
    try:
        servers = document["apps"]["http"]["servers"]
        admin = str(document["admin"]["listen"])
    except (KeyError, TypeError):
        servers, admin = {}, ""
    whole = text.endswith("\n") and "status" in servers and admin.startswith(ADMIN_SOCKET)
    if not whole:
        raise incomplete(f"{PROXY} would be left without its sites, its status page or its admin socket")


def _deliver(text: str, place: Place, docker: Docker, clock: Clock, lock: int) -> None:
    fresh = place.proxy / NEXT
    place.write(fresh, text.encode(), 0o644)
    try:
        # A service that has never run has no address yet: requests for it wait.
        for service in set(RELEASE.findall(text)):
            if not place.address(service):
                place.point(service, NOWHERE)
        proxy = docker.find(PROXY)
        if proxy and proxy.running:
            hold_new_connections(text, proxy, lock)
            _load(text, place, docker, clock)
        fresh.replace(place.proxy / CURRENT)
    finally:
        fresh.unlink(missing_ok=True)
    # Hashes of passwords that no site asks for any more.
    for login in place.proxy.glob("logins/*"):
        if f"{CONFIG_DIRECTORY}/logins/{login.name}}}" not in text:
            login.unlink()


def _load(text: str, place: Place, docker: Docker, clock: Clock) -> None:
    reload = ("caddy", "reload", "--config", f"{CONFIG_DIRECTORY}/{NEXT}", "--address", ADMIN_SOCKET)
    answer = docker.patiently("exec", PROXY, *reload)
    if answer.code and NO_ANSWER in answer.err and docker.get(f"http://{STATUS}/config/").code:
        _start_again(place, docker, clock)
    elif answer.code:
        raise Failed(f"{PROXY}: refused the new config and keeps the old one: {last(answer.err or answer.out)}")
    running = docker.get(f"http://{STATUS}/config/")
    if running.out != text:
        raise Failed(
            f"{PROXY}: does not run the config that it just loaded; another program writes to its admin socket"
        )


def _start_again(place: Place, docker: Docker, clock: Clock) -> None:
    """A proxy that cannot be told of a config any more gets it with its next start."""
    check = ("caddy", "validate", "--config", f"{CONFIG_DIRECTORY}/{NEXT}")
    answer = docker.execute(*check)
    if answer.code:
        raise Failed(f"{PROXY}: refused the new config and keeps the old one: {last(answer.err or answer.out)}")
    print(f"{PROXY}: nothing answers on its admin socket; it is started again")
    place.write(place.proxy / CURRENT, (place.proxy / NEXT).read_bytes(), 0o644)
    docker.must("restart", PROXY)
    deadline = clock.now() + STARTS_WITHIN
    while docker.get(f"http://{STATUS}/healthy").code:
        if clock.now() >= deadline:
            raise Failed(f"{PROXY}: does not answer since it was started again; `docker logs {PROXY}` says why")
        clock.sleep(0.2)
