"""A port that leads on: bytes both ways, many at once, and to where the container is after a rollout."""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from config.topology.model import LocalHost
from host.errors import OperatorError
from host.inside.forward import Forward
from host.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLD, NEW = "127.0.0.2", "127.0.0.3"
MUCH = os.urandom(3_000_000)


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """One here and one of the container's, which no other program of this machine is given meanwhile."""
    with ExitStack() as held:
        found = []
        for address in ("127.0.0.1", OLD):
            one = held.enter_context(socket.socket())
            # Linux gives it to a server that asks for this very port, and to no program that asks for any.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, 0))
            found.append(int(one.getsockname()[1]))
        yield found


def heard(connection: socket.socket) -> bytes:
    """All that comes on it."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def echo(address: str, port: int) -> Iterator[None]:
    """A server that says back what it hears, and then where it is."""
    server = socket.create_server((address, port))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.sendall(heard(client) + address.encode())

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        # Its thread is in accept, which a close alone does not end.
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def say(port: int, what: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as there:
        there.sendall(what)
        there.shutdown(socket.SHUT_WR)
        return heard(there)


def led(here: int, there: int, do: Callable[[], None]) -> None:
    """Do something while a port leads to OLD, or, once that is gone, to NEW; then end it as Ctrl-C does."""
    failed: list[BaseException] = []

    def ready() -> None:
        def work() -> None:
            try:
                do()
            except BaseException as error:  # noqa: BLE001 - told below
                failed.append(error)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=work, daemon=True).start()

    Forward(Machine(LocalHost()), OLD, lambda: NEW, here=here, there=there).run(ready)
    assert not failed, failed


def test_bytes_go_both_ways_and_after_a_rollout_to_the_new_container(ports: list[int]) -> None:
    here, there = ports
    old = ExitStack()
    old.enter_context(echo(OLD, there))

    def work() -> None:
        with old:
            assert say(here, MUCH) == MUCH + OLD.encode()
            with ThreadPoolExecutor(8) as several:
                answers = list(several.map(lambda _: say(here, b"one"), range(8)))
            assert answers == [b"one" + OLD.encode()] * 8
        with echo(NEW, there):
            # The first one finds out.
            assert say(here, b"") == b""
            assert say(here, b"two") == b"two" + NEW.encode()

    led(here, there, work)


def test_a_client_that_is_cut_off_leaves_no_connection_to_the_container(ports: list[int]) -> None:
    """As a program does that is killed with bytes unread: a reset, and not an end."""
    here, there = ports
    ended = threading.Event()
    with socket.create_server((OLD, there)) as server:

        def serve() -> None:
            # The first one asks whether the port answers.
            server.accept()[0].close()
            client, _ = server.accept()
            with client:
                client.settimeout(20)
                client.sendall(b"asked for")
                while client.recv(65536):
                    pass
                ended.set()

        threading.Thread(target=serve, daemon=True).start()

        def work() -> None:
            with socket.create_connection(("127.0.0.1", here), timeout=20) as client:
                client.sendall(b"go on")
                assert client.recv(4) == b"aske"
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            assert ended.wait(10)

        led(here, there, work)


def test_a_port_without_a_server_is_refused_before_it_is_ready(ports: list[int]) -> None:
    here, there = ports
    with pytest.raises(OperatorError, match="does not answer; look at PORT="):
        led(here, there, lambda: None)
