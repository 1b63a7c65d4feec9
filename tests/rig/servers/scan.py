"""What is open on a server, found by trying: run with Python in the namespace that looks.

scan.py tcp ADDRESS [PORT …]    connects to those ports, or to all; prints the ones that accept
scan.py udp ADDRESS PORT …      sends a datagram to each; prints the ones that answer
scan.py echo ADDRESS PORT …     answers every datagram on those ports, until it is ended
"""

from __future__ import annotations

import contextlib
import errno
import resource
import select
import socket
import sys
import time

BATCH = 16_000
"""Connections tried at once; each is a file descriptor."""
PATIENCE = 0.5
"""Seconds; on one machine an answer takes milliseconds."""


def family(address: str) -> socket.AddressFamily:
    """Of an address of either kind."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def target(address: str, port: int) -> tuple[str | int, ...]:
    """As `connect` takes it; with the interface of a link's own address, such as fe80::1%eth0."""
    plain, _, interface = address.partition("%")
    return (plain, port, 0, socket.if_nametoindex(interface)) if interface else (plain, port)


def tcp(address: str, ports: list[int]) -> list[int]:
    """The ports that accept a connection."""
    found: list[int] = []
    for start in range(0, len(ports), BATCH):
        found += _batch(address, ports[start : start + BATCH])
    return found


def _batch(address: str, ports: list[int]) -> list[int]:
    tries: dict[int, tuple[int, socket.socket]] = {}
    poll = select.epoll()
    for port in ports:
        attempt = socket.socket(family(address), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        code = attempt.connect_ex(target(address, port))
        if code not in (0, errno.EINPROGRESS):
            attempt.close()
            continue
        tries[attempt.fileno()] = (port, attempt)
        poll.register(attempt, select.EPOLLOUT)
    found = []
    deadline = time.monotonic() + PATIENCE
    while tries and (left := deadline - time.monotonic()) > 0:
        for number, _ in poll.poll(left, BATCH):
            port, attempt = tries.pop(number)
            if not attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                found.append(port)
            attempt.close()
    for _, attempt in tries.values():
        attempt.close()
    return sorted(found)


def udp(address: str, ports: list[int]) -> list[int]:
    """The ports that answer a datagram."""
    tries = {port: socket.socket(family(address), socket.SOCK_DGRAM) for port in ports}
    found: set[int] = set()
    for port, attempt in tries.items():
        attempt.connect((address, port))
        attempt.send(b"?")
    deadline = time.monotonic() + PATIENCE
    while (left := deadline - time.monotonic()) > 0 and len(found) < len(tries):
        for attempt in select.select(list(tries.values()), [], [], left)[0]:
            with contextlib.suppress(ConnectionRefusedError):
                attempt.recv(16)
                found.add(attempt.getpeername()[1])
    for attempt in tries.values():
        attempt.close()
    return sorted(found)


def echo(address: str, ports: list[int]) -> None:
    """Answer on those ports, for ever."""
    listeners = [socket.socket(family(address), socket.SOCK_DGRAM) for _ in ports]
    for listener, port in zip(listeners, ports, strict=True):
        listener.bind((address, port))
    print("listening", flush=True)
    while True:
        for listener in select.select(listeners, [], [])[0]:
            data, sender = listener.recvfrom(16)
            listener.sendto(data, sender)


def main(kind: str, address: str, *ports: str) -> None:
    """As the module says."""
    wanted = [int(port) for port in ports] or list(range(1, 65_536))
    if kind == "echo":
        echo(address, wanted)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (BATCH + 100, max(BATCH + 100, most)))
    print(*(tcp if kind == "tcp" else udp)(address, wanted))


if __name__ == "__main__":
    main(*sys.argv[1:])
