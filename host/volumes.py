"""A stack's volumes, in and out as tar streams.

By `docker cp`, through a container that is never started, of an image that holds nothing: so no image has to be
fetched, none has to have `tar` in it, and it is the same on a server, here, and with Docker Desktop. Owners and modes
are numbers and stay what they are.
"""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from config.topology.model import SshHost
from host.environment import environment
from host.errors import OperatorError
from host.labels import CARRIER
from host.run import last_line
from host.ssh import SSH_FAILED, unreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from config.topology.model import Topology
    from host.daemon import Daemon

IMAGE = "smarter-net-carrier:latest"
FOLDER = "/smarter-net-volume"
"""Where a carrier has its volume; the archives' only folder, so that the owner of the volume itself is kept too."""
END = bytes(1024)
"""What a whole tar archive ends with."""
CHUNK = 1 << 20
READ = (Path(__file__).parent / "scripts" / "once" / "read_volume.sh").read_text(encoding="utf-8")


def owners(topology: Topology) -> dict[str, str]:
    """Every volume and directory that holds data of the stack, and the service that it belongs to."""
    found = {volume.name: service.name for service in topology.services for volume in service.volumes}
    return {**found, topology.proxy.storage.name: topology.proxy.name}


def there(daemon: Daemon, volume: str) -> bool:
    """Whether the host has it. A socket is no data, though it is mounted as one."""
    if volume.startswith("/"):
        return daemon.machine.run(["test", "-d", volume]).returncode == 0
    return daemon.exists("volume", volume)


@contextmanager
def carrier(daemon: Daemon, volume: str) -> Iterator[str]:
    """The id of a container that has the volume."""
    if not daemon.exists("image", IMAGE):
        imported = daemon.machine.run(["docker", "import", "-", IMAGE], stdin=END.decode())
        if imported.returncode:
            raise OperatorError(f"docker import: {last_line(imported.stderr, 'failed')}")
    label = f"{CARRIER}={daemon.stack}"
    mount = f"{volume}:{FOLDER}"
    made = daemon.docker("create", "--network", "none", "--label", label, "--volume", mount, IMAGE, "none").strip()
    try:
        yield made
    finally:
        daemon.docker("rm", made)


def sweep(daemon: Daemon) -> None:
    """Remove the carriers that a killed run has left, which keep their volumes from being removed."""
    left = daemon.docker("ps", "--all", "--quiet", "--filter", f"label={CARRIER}={daemon.stack}").split()
    if left:
        daemon.docker("rm", "--force", *left)


def empty(daemon: Daemon, volume: str) -> bool:
    """Whether nothing is in it."""
    with carrier(daemon, volume) as made, tempfile.TemporaryFile() as said:
        command = daemon.machine.argv(["docker", "cp", f"{made}:{FOLDER}", "-"])
        try:
            with (
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=environment()
                ) as reading,
                tarfile.open(fileobj=reading.stdout, mode="r|") as archive,
            ):
                # The first is the volume itself.
                return archive.next() is not None and archive.next() is None
        except tarfile.TarError:
            raise OperatorError(f"volume {volume}: cannot be looked into; run it again") from None


def read(daemon: Daemon, volume: str, held: Sequence[str]) -> Generator[bytes]:
    """The volume as a tar archive; the containers `held` are paused meanwhile. OperatorError unless it is whole."""
    with carrier(daemon, volume) as made, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as script:
        script.write(READ.encode())
        script.seek(0)
        command = daemon.machine.argv(["sh", "-s", made, FOLDER, *held])
        with subprocess.Popen(command, stdin=script, stdout=subprocess.PIPE, stderr=said, env=environment()) as reading:
            end = b""
            while reading.stdout and (chunk := reading.stdout.read(CHUNK)):
                end = (end + chunk)[-len(END) :]
                yield chunk
        _judge(daemon, volume, reading.returncode, said)
        if end != END:
            raise OperatorError(f"volume {volume}: the copy is not whole; run it again")


def write(daemon: Daemon, volume: str, archive: IO[bytes]) -> None:
    """Unpack a tar archive that `read` gave into the volume."""
    with carrier(daemon, volume) as made, tempfile.TemporaryFile() as said:
        command = daemon.machine.argv(["docker", "cp", "-", f"{made}:/"])
        with (
            # Its exit code and its words tell why it reads no more.
            suppress(BrokenPipeError),
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=environment()
            ) as writing,
        ):
            while writing.stdin and (chunk := archive.read(CHUNK)):
                writing.stdin.write(chunk)
        _judge(daemon, volume, writing.returncode, said)


def _judge(daemon: Daemon, volume: str, code: int, said: IO[bytes]) -> None:
    """OperatorError if the command that carried the volume failed."""
    if not code:
        return
    said.seek(0)
    text = said.read().decode(errors="replace")
    host = daemon.machine.host
    if isinstance(host, SshHost) and code == SSH_FAILED:
        raise OperatorError(f"volume {volume}: the connection broke; {unreachable(host, text)}")
    raise OperatorError(f"volume {volume}: {last_line(text, 'the copy was cut short; run it again')}")
