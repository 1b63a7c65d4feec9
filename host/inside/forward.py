"""A port of this machine that leads to a port of a container, for as long as the operator wants it."""

from __future__ import annotations

import asyncio
import errno
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.environment import environment
from host.errors import OperatorError
from host.ssh import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.machine import Machine

LOOPBACK = "127.0.0.1"
CHUNK = 65536
WITHIN = 10.0
"""Seconds that a connection to the container may take."""
ASKED = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
"""Whether a port answers, on the server. Over SSH alone a port that is closed looks as one that is not forwarded."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Forward:
    """`here` on this machine, `there` in the container. `find`: its address by then, which a rollout changes."""

    def __init__(self, machine: Machine, address: str, find: Callable[[], str], *, here: int, there: int) -> None:
        self._machine = machine
        self._address = address
        self._find = find
        self._here = here
        self._there = there
        self._led: set[asyncio.Task[None]] = set()

    def run(self, ready: Callable[[], None]) -> None:
        """Lead every connection there until a signal ends it; `ready` is called once it can be used.

        OperatorError if the port here is taken, or the one there does not answer.
        """
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Callable[[], None]) -> None:
        over = asyncio.Event()
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, over.set)
        try:
            server = await asyncio.start_server(self._lead, LOOPBACK, self._here)
        except OSError as error:
            raise OperatorError(f"PORT={self._here}: {not_to_be_had(error)}") from None
        async with server:
            if why := await self._closed():
                raise OperatorError(f"tunnel: {self._address} port {self._there} {why}")
            ready()
            await over.wait()
            server.close()
            for each in self._led:
                each.cancel()
            await asyncio.gather(*self._led, return_exceptions=True)

    async def _closed(self) -> str:
        """Why no connection leads to the container; empty if one does."""
        host = self._machine.host
        if not isinstance(host, SshHost):
            try:
                _, to_there = await self._connected()
            except (OSError, TimeoutError):
                return "does not answer; look at PORT=. Docker Desktop keeps its containers' addresses to itself"
            to_there.close()
            return ""
        ask = ["python3", "-c", ASKED, self._address, str(self._there)]
        asked = await asyncio.to_thread(self._machine.run, ask)
        if asked.returncode:
            return f"does not answer on {host.address}; the service listens on another port, or is not ready"
        process = await self._over_ssh(host)
        # Refused is said at once, taken is not said.
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 1)
            return f"is not let through by the sshd of {host.address}; set `AllowTcpForwarding local` there"
        process.terminate()
        await process.wait()
        return ""

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client's. If it leads nowhere, the next one leads to where the container is by then."""
        task = asyncio.current_task()
        if task:
            self._led.add(task)
            task.add_done_callback(self._led.discard)
        try:
            if not await self._joined(reader, writer):
                self._address = await asyncio.to_thread(self._find)
        except (OSError, OperatorError, asyncio.CancelledError):
            # The client is gone, or the container, or the operator has ended it: nothing is waited for.
            writer.transport.abort()
        finally:
            writer.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Copy both ways to their ends; whether it led anywhere."""
        host = self._machine.host
        if isinstance(host, SshHost):
            process = await self._over_ssh(host)
            try:
                if process.stdin and process.stdout:
                    await _both(reader, process.stdin, process.stdout, writer)
                return await process.wait() == 0
            finally:
                if process.returncode is None:
                    process.terminate()
        try:
            there, to_there = await self._connected()
        except (OSError, TimeoutError):
            return False
        try:
            await _both(reader, to_there, there, writer)
        finally:
            to_there.close()
        return True

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.wait_for(asyncio.open_connection(self._address, self._there), WITHIN)

    async def _over_ssh(self, host: SshHost) -> asyncio.subprocess.Process:
        """Its standard streams are the connection. A Ctrl-C at this terminal does not reach it."""
        return await asyncio.create_subprocess_exec(
            *stream(host, self._address, self._there), env=environment(), start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip


def not_to_be_had(error: OSError) -> str:
    """Why a port of this machine cannot be listened on, and what helps."""
    if error.errno == errno.EADDRINUSE:
        return "another program of this machine listens there; name another port"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "this user may not listen there; name a port above 1023"
    return f"cannot be listened on ({error.strerror}); name another port"


async def _both(
    reader: asyncio.StreamReader,
    to_there: asyncio.StreamWriter,
    there: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Copy both ways. Once no more comes from there, or one side is cut off, all of it ends."""
    up, down = asyncio.create_task(_copy(reader, to_there)), asyncio.create_task(_copy(there, writer))
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        if up.done() and not down.done():
            # A client that says no more may still listen; one that was cut off does not.
            await up
        await down
    finally:
        for each in (up, down):
            each.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    """All that comes, and then that no more comes."""
    while data := await source.read(CHUNK):
        to.write(data)
        await to.drain()
    if to.can_write_eof():
        to.write_eof()
