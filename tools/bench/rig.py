"""What the sections share: the daemon, and fresh projects on it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from operate.stack import Stack
from tests.rig.dockerd import Dockerd
from tests.rig.project import REPOSITORY, Project
from tests.rig.visitors.browser import https
from tests.rig.wait import until
from tools.bench.compose import Compose
from tools.bench.measure import BenchError, checked
from tools.images import ensure

if TYPE_CHECKING:
    from types import TracebackType

    from config.topology.model import Topology

PROGRAMS = REPOSITORY / "tools" / "bench" / "programs"
NO_PREVIEW = ("up", "--yes", "--skip-preview", "--suppress-outputs")
ANSWER_SECONDS = 120


class Rig:
    """A daemon of the bench's own with the stand-in images, in a scratch folder that goes at the end."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        # Short: a socket's path has at most 107 characters.
        self.scratch = Path(tempfile.mkdtemp(prefix="bench"))
        self.dockerd = Dockerd(self.scratch / "d")
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        self.dockerd.start()
        ensure(self.dockerd.host)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dockerd.remove()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def project(self, program: str | None = None, **environment: str) -> Project:
        """A project folder with a stack of its own; `program` takes the place of the repository's."""
        made = Project(self._folder(), self.dockerd.host)
        if program:
            (made.folder / "__main__.py").unlink()
            (made.folder / "__main__.py").symlink_to(PROGRAMS / f"{program}.py")
        made.environment |= environment
        checked(made.pulumi("stack", "select", "--create"))
        return made

    def compose(self, topology: Topology, *, plain: bool = False) -> Compose:
        """A Compose project of the same containers."""
        return Compose(self._folder(), self.dockerd.host, topology, plain=plain)

    def topology(self, project: Project) -> Topology:
        """What the project's stack file says."""
        return Stack(project.stack, project.folder).topology

    def clean(self) -> None:
        """Leave the daemon with its images and nothing else."""
        ids = self.dockerd.docker("ps", "-aq").stdout.split()
        if ids:
            self.dockerd.docker("rm", "--force", "--volumes", *ids)
        # A network is in use for a moment longer than its last container is there; after a hundred of them Docker now
        # and then never notices that the last one went, until it is started again.
        try:
            until(self._no_network, "the networks are gone", seconds=5)
        except AssertionError:
            self.dockerd.restart()
            until(self._no_network, "the networks are gone")
        volumes = self.dockerd.docker("volume", "ls", "-q").stdout.split()
        if volumes:
            self.dockerd.docker("volume", "rm", *volumes)

    def _no_network(self) -> bool:
        ids = self.dockerd.docker("network", "ls", "-q", "--filter", "type=custom").stdout.split()
        return not ids or not self.dockerd.docker("network", "rm", *ids, check=False).returncode

    def address(self, container: str) -> str:
        """A container's address on its network."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        return self.dockerd.docker("inspect", "-f", form, container).stdout.split()[0]

    def _folder(self) -> Path:
        return self.scratch / f"p{next(self._numbers)}"


def wait_for_sites(topology: Topology) -> None:
    """Return when every site answers 200 through the proxy."""
    deadline = time.monotonic() + ANSWER_SECONDS
    for site in topology.sites:
        if not topology.service(site.service).enabled:
            continue
        while not _answers(str(site.host)):
            if time.monotonic() > deadline:
                raise BenchError(f"{site.host} does not answer within {ANSWER_SECONDS} s")
            time.sleep(0.02)


def _answers(host: str) -> bool:
    try:
        return https(host, timeout=2).status == 200  # noqa: PLR2004
    except OSError:
        return False


def plain_up(project: Project) -> None:
    """`pulumi up` without a preview."""
    checked(project.pulumi(*NO_PREVIEW, timeout=900))
