"""Holds new connections to the proxy for the moment in which its old servers end.

The servers of the old config answer with `Connection: close` for some seconds (docs/decisions/0005) and then drop what
is in the middle of its greeting. So no connection begins at that moment: a client that connects just then is let in
when its machine asks again, after one second. The kernel ends it by itself after 0.9 s, whatever becomes of this
process. Needs root and nft on the host; without them a request on a new connection may be lost, as with every reload of
Caddy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..docker import Container

SOCKET = re.compile(r'"unix/(/run/caddy/edge-[0-9a-f]*\.sock)\|')
"""Each config has a socket of its own; it is made when the new servers start."""
TABLE = "inet smarter_net_reload"
RULES = """\
table inet smarter_net_reload {
    set held {
        type inet_proto
        flags timeout
        elements = { tcp timeout 900ms }
    }
    chain new_connections {
        type filter hook input priority mangle; policy accept;
        iifname != "lo" tcp flags & (syn | ack) == syn meta l4proto @held drop
    }
}
"""
"""The set comes last: nft 1.1 refuses `tcp flags` behind a protocol that it does not know yet."""
BEFORE = 2.6
"""Seconds from the new servers' start; the old ones end 3 s after it."""
STARTS_WITHIN = 10
"""Seconds. A config that is the running one starts no servers."""
SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def hold_new_connections(config: str, proxy: Container, lock: int) -> None:
    """Begin to wait for the new servers in a process of its own, which closes `lock`."""
    nft, nsenter = (shutil.which(name, path=SYSTEM_PATH) for name in ("nft", "nsenter"))
    found = SOCKET.search(config)
    inside = Path(f"/proc/{proxy.pid}/root")
    if os.getuid() or not (nft and nsenter and found) or not (inside / "run/caddy").is_dir():
        return
    socket = inside / found[1].lstrip("/")
    before = _made(socket)
    if os.fork():
        return
    try:
        os.close(lock)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        _hold(socket, before, [nsenter, "-t", str(proxy.pid), "-n", nft])
    finally:
        os._exit(0)


def _made(socket: Path) -> tuple[int, int] | None:
    """Which socket lies there. Caddy leaves them: a config from before finds its own, and makes it again."""
    try:
        found = socket.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def _hold(socket: Path, before: tuple[int, int] | None, nft: list[str]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while (made := _made(socket)) is None or made == before:
        if time.monotonic() >= deadline:
            return
        time.sleep(0.1)
    # From when it was made: a machine that is busy finds it late.
    late = time.time() - made[1] / 1e9
    time.sleep(BEFORE - min(max(late, 0), BEFORE))
    subprocess.run([*nft, "-f", "-"], input=RULES.encode(), check=False)
    time.sleep(1)
    subprocess.run([*nft, "delete", "table", *TABLE.split()], check=False)
