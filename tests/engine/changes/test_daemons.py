"""A stack belongs to one Docker daemon of this machine: another one is told apart before anything is touched."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import clear
from tests.engine.conftest import SITES, SIX
from tests.rig.dockerd import APART, Dockerd
from tests.rig.plan import at_rest
from tests.rig.project import Project
from tests.rig.visitors.browser import silent
from tools.images import ensure

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = Path("/etc/docker/key.json")
"""Where Docker 20.10 has what its identity is made from; later ones have `engine-id` beside the data."""
COMMANDS = {
    "up": (),
    "preview": (),
    "status": (),
    "drift": (),
    "backup": (),
    "down": (),
    "delete-data": ("--confirm", "dev"),
}


@pytest.fixture(scope="module")
def other(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dockerd]:
    """A second daemon of the same machine; its ports cannot be reached."""
    del dockerd
    daemon = Dockerd(Path(tmp_path_factory.mktemp("o")) / "d", enter=APART)
    daemon.start()
    try:
        ensure(daemon.host)
        yield daemon
    finally:
        daemon.remove()


@pytest.fixture(scope="module")
def deployed(project: Project) -> Project:
    """The dev stack, up by `make`, which notes the daemon."""
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return project


@pytest.fixture
def at_other(deployed: Project, dockerd: Dockerd, other: Dockerd) -> Iterator[Project]:
    """The stack, up on the first daemon, and an operator whose DOCKER_HOST names the second."""
    deployed.environment["DOCKER_HOST"] = other.host
    yield deployed
    deployed.environment["DOCKER_HOST"] = dockerd.host
    clear(other)


def look(dockerd: Dockerd, project: Project) -> object:
    """All that a run could have touched."""
    files = {path: path.read_bytes() for path in (project.root / "proxy").rglob("*") if path.is_file()}
    return [(found["Id"], found["State"]["StartedAt"]) for found in dockerd.containers()], files


def line_of(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that a refused command says."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert not result.stdout
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_another_daemon_is_refused_before_anything_is_touched(
    at_other: Project, dockerd: Dockerd, other: Dockerd, command: str
) -> None:
    before = look(dockerd, at_other)
    line = line_of(at_other.operate(command, *COMMANDS[command]))
    assert line.startswith("error: docker: dev is on another Docker daemon (")
    assert f"`export DOCKER_HOST={dockerd.host}`" in line
    assert line.endswith("or, if that one is gone for good, run `make forget SERVER=local`")
    assert look(dockerd, at_other) == before
    assert not other.containers()
    assert not other.docker("volume", "ls", "-q").stdout
    assert silent(SITES) == {}


def test_another_daemon_by_docker_context_use_is_refused_too(
    deployed: Project, dockerd: Dockerd, other: Dockerd, tmp_path: Path
) -> None:
    kept = deployed.environment
    deployed.environment = {**kept, "DOCKER_CONFIG": str(tmp_path / "docker")}
    del deployed.environment["DOCKER_HOST"]
    before = look(dockerd, deployed)
    try:
        for name, daemon in (("ours", dockerd), ("theirs", other)):
            docker_context(deployed, "create", name, "--docker", f"host={daemon.host}")
        docker_context(deployed, "use", "theirs")
        for command in ("up", "down"):
            assert line_of(deployed.operate(command)).startswith("error: docker: dev is on another Docker daemon (")
        assert look(dockerd, deployed) == before
        assert not other.containers()
        docker_context(deployed, "use", "ours")
        assert at_rest(deployed)
    finally:
        deployed.environment = kept


def docker_context(project: Project, *arguments: str) -> None:
    subprocess.run(["docker", "context", *arguments], env=project.environment, check=True, capture_output=True)


def test_on_its_own_daemon_there_is_nothing_to_do_after_all_of_them(deployed: Project) -> None:
    assert at_rest(deployed)


def nothing_known(project: Project) -> None:
    """As a stack that was deployed before daemons were told apart."""
    (project.root / "daemon.json").unlink()
    exported = json.loads(project.pulumi("stack", "export").stdout)
    for resource in exported["deployment"]["resources"]:
        resource.get("outputs", {}).pop("daemon", None)
    assert project.pulumi("stack", "import", stdin=json.dumps(exported)).returncode == 0


def test_a_stack_from_before_is_taken_for_the_daemon_that_has_it(at_other: Project, dockerd: Dockerd) -> None:
    nothing_known(at_other)
    line = line_of(at_other.operate("up"))
    assert line.startswith("error: docker: dev is on another Docker daemon (which is not known by name)")
    at_other.environment["DOCKER_HOST"] = dockerd.host
    result = at_other.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "nothing to change" in result.stdout
    assert json.loads((at_other.root / "daemon.json").read_text())["endpoint"] == dockerd.host


def test_the_state_alone_tells_another_daemon(at_other: Project, dockerd: Dockerd) -> None:
    """Where it is shared, as in a bucket, a colleague's machine has no folder of the stack."""
    (at_other.root / "daemon.json").unlink()
    dockerd.docker("rm", "--force", *dockerd.docker("ps", "-aq").stdout.split())
    assert f"DOCKER_HOST={dockerd.host}" in line_of(at_other.operate("up"))
    # Here all was removed by hand, and is made again.
    at_other.environment["DOCKER_HOST"] = dockerd.host
    result = at_other.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)


def test_docker_that_was_installed_again_has_another_identity_and_the_same_data(
    deployed: Project, dockerd: Dockerd
) -> None:
    before = dockerd.docker("info", "--format", "{{.ID}}").stdout
    dockerd.stop()
    for key in (KEY, dockerd.folder / "data" / "engine-id"):
        key.unlink(missing_ok=True)
    dockerd.start()
    assert dockerd.docker("info", "--format", "{{.ID}}").stdout != before
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    known = json.loads((deployed.root / "daemon.json").read_text())["id"]
    assert known == dockerd.docker("info", "--format", "{{.ID}}").stdout.strip()


def test_a_daemon_that_is_gone_for_good_is_forgotten(at_other: Project, dockerd: Dockerd, other: Dockerd) -> None:
    at_other.environment["DOCKER_HOST"] = dockerd.host
    wrong = at_other.operate("forget", "local")
    assert "SERVER=local: the state knows no such server besides the stack's own" in line_of(wrong)

    at_other.environment["DOCKER_HOST"] = other.host
    before = [found["Id"] for found in dockerd.containers()]
    forgotten = at_other.operate("forget", "local")
    assert forgotten.returncode == 0, forgotten.stdout + forgotten.stderr
    assert [found["Id"] for found in dockerd.containers()] == before

    planned = at_other.operate("preview")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert not other.containers()
    # It has come back after all: its containers are no rubbish of this stack's.
    at_other.environment["DOCKER_HOST"] = dockerd.host
    assert "6 of its containers run on the host, and the engine's state knows none" in line_of(at_other.operate("up"))
    assert silent(SITES) == {}
    clear(dockerd)
    result = at_other.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def second_clone(dockerd: Dockerd, tmp_path: Path) -> Project:
    """Another checkout with a state and a folder of its own, on the same daemon."""
    return Project(tmp_path / "clone", dockerd.host)


def test_two_clones_do_not_take_each_others_sites_down(
    deployed: Project, second_clone: Project, dockerd: Dockerd
) -> None:
    ids = [found["Id"] for found in dockerd.containers()]
    assert "the engine's state knows none of them" in line_of(second_clone.operate("up"))
    assert [found["Id"] for found in dockerd.containers()] == ids

    # The first one's go, the second one's come: what the first one knows is gone, and what is there is not its own.
    clear(dockerd)
    result = second_clone.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    ids = [found["Id"] for found in dockerd.containers()]
    for command in ("up", "preview"):
        assert "the engine's state knows none of them" in line_of(deployed.operate(command))
    assert [found["Id"] for found in dockerd.containers()] == ids
    assert silent(SITES) == {}

    assert second_clone.operate("down").returncode == 0
    result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert dockerd.running() == dict.fromkeys(SIX, 1)


def test_a_folder_of_the_host_belongs_to_one_daemon(
    deployed: Project, dockerd: Dockerd, other: Dockerd, tmp_path: Path
) -> None:
    """A clone with a state of its own would write into the folder that the first one's proxy has mounted."""
    clone = Project(tmp_path / "clone", other.host)
    clone.environment["XDG_STATE_HOME"] = deployed.environment["XDG_STATE_HOME"]
    before = look(dockerd, deployed)
    line = line_of(clone.operate("up"))
    assert line.startswith("error: docker: dev is on another Docker daemon (")
    assert look(dockerd, deployed) == before
    assert not other.containers()
