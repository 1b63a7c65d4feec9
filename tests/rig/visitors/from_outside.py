"""Clients of a site in another network namespace, until their input ends; then one JSON object about all of them.

`python from_outside.py ADDRESS HOST CLIENTS`: half of the clients keep their connection.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
import threading
import time

PAUSE = 0.05
LIMIT_SECONDS = 20


class Site(http.client.HTTPSConnection):
    """The site at an address that no name server tells."""

    def __init__(self, address: str, host: str) -> None:
        super().__init__(host, timeout=LIMIT_SECONDS, context=ssl._create_unverified_context())
        self._address = address

    def connect(self) -> None:
        """Past the name server."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]


def ask(address: str, host: str, done: threading.Event, seen: list[float], lost: list[str], *, kept: bool) -> None:
    site = Site(address, host)
    while not done.wait(PAUSE):
        began, closes = time.monotonic(), not kept
        try:
            site.request("GET", "/", headers={"Accept": "application/json"})
            answer = site.getresponse()
            answer.read()
            closes |= answer.will_close
            if answer.status != http.HTTPStatus.OK:
                lost.append(f"HTTP {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            lost.append(f"{time.strftime('%X')} {'kept' if kept else 'new'}: {type(error).__name__} {error}")
            closes = True
        seen.append(time.monotonic() - began)
        if closes:
            site.close()


def main() -> None:
    """Run them."""
    address, host, count = sys.argv[1:]
    done, seen, lost = threading.Event(), [0.0], list[str]()
    clients = [
        threading.Thread(target=ask, args=(address, host, done, seen, lost), kwargs={"kept": bool(turn % 2)})
        for turn in range(int(count))
    ]
    for client in clients:
        client.start()
    sys.stdin.read()
    done.set()
    for client in clients:
        client.join()
    json.dump({"answers": len(seen) - 1, "longest": max(seen), "lost": lost}, sys.stdout)


if __name__ == "__main__":
    main()
