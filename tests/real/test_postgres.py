"""A first start of PostgreSQL that is cut short: what is left works, or the operator is told the way out."""

from __future__ import annotations

import os
import re
import shlex
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from config.catalog.accessories import METABASE_POSTGRES
from tests.rig.images import load
from tests.rig.postgres_image import DATA, REFERENCE, installed, postgres, small_stack
from tests.rig.skip import skip_or_fail
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

SERVICE = METABASE_POSTGRES.name
HALF_MADE = (
    "creating subdirectories",
    "creating configuration files",
    "running bootstrap script",
    "performing post-bootstrap initialization",
    "the data is made",
    "the password is asked for",
    "the server for the set-up runs",
)
"""After these steps the first start is cut, and the database is never there."""
WHOLE = ("the database is made", "the scripts have run", "the server for the set-up is stopped")
STILL = "entry: stands still"


@pytest.fixture(scope="module", autouse=True)
def image(dockerd: Dockerd) -> None:
    folder = installed()
    if folder is None:
        skip_or_fail("needs a PostgreSQL server's programs; `tests/run-isolated` provides them")
    load(dockerd, postgres(folder))


def test_a_cut_at_each_step_leaves_a_database_or_is_recognised(dockerd: Dockerd) -> None:
    steps = (*HALF_MADE, *WHOLE)
    with ThreadPoolExecutor(4) as several:
        found = dict(zip(steps, several.map(lambda step: verdict_after(dockerd, step), steps), strict=True))
    assert found == {**dict.fromkeys(HALF_MADE, "half made"), **dict.fromkeys(WHOLE, "healthy")}


def verdict_after(dockerd: Dockerd, step: str) -> str:
    """What becomes of a second start on what a first one has left that was killed after that step."""
    name = "cut-" + re.sub("[^a-z]", "-", step)
    secret = dockerd.folder / "password"
    secret.write_text("a password of the test's own")
    secret.chmod(0o644)
    options = (
        "--init", "--network=none", f"--volume={name}:{DATA}", f"--volume={secret}:/password:ro",
        "--env=POSTGRES_PASSWORD_FILE=/password",
        *(f"--env={key}={value}" for key, value in METABASE_POSTGRES.environment.items()),
    )  # fmt: skip
    dockerd.docker("run", "--detach", "--name", name, *options, f"--env=HANG_AFTER={step}", REFERENCE)
    try:
        until(lambda: STILL in said(dockerd, name), f"it hangs after {step!r}", seconds=120)
        dockerd.docker("kill", "--signal=KILL", name)
        dockerd.docker("rm", name)
        assert METABASE_POSTGRES.health.command
        check = shlex.join(METABASE_POSTGRES.health.command)
        health = (f"--health-cmd={check}", "--health-interval=1s", "--health-timeout=5s", "--health-retries=100")
        dockerd.docker("run", "--detach", "--name", name, "--restart=on-failure", *options, *health, REFERENCE)
        return until(lambda: verdict(dockerd, name), f"a verdict on {step!r}", seconds=120)
    finally:
        dockerd.docker("rm", "--force", name, check=False)
        dockerd.docker("volume", "rm", name, check=False)


def verdict(dockerd: Dockerd, name: str) -> str:
    """`healthy` or `half made`; empty while neither is known."""
    format_ = "{{.State.Health.Status}}{{range .State.Health.Log}}{{println}}{{.Output}}{{end}}"
    health = dockerd.docker("inspect", "--format", format_, name).stdout
    if health.startswith("healthy"):
        return "healthy"
    return "half made" if re.search(METABASE_POSTGRES.first_start_cut, health + said(dockerd, name)) else ""


def said(dockerd: Dockerd, container: str) -> str:
    log = dockerd.docker("logs", container)
    return log.stdout + log.stderr


def test_the_operator_is_told_the_way_out_and_it_leads_out(project: Project, dockerd: Dockerd) -> None:
    small_stack(project)
    secrets = project.operate("secrets")
    assert secrets.returncode == 0, secrets.stderr
    code, output = cut_up(project, dockerd, "the password is asked for")
    assert code, output

    again = project.operate("up")
    assert again.returncode == 1
    (line,) = again.stderr.strip().splitlines()
    assert line.startswith(f"error: {SERVICE}: the new container will never be ready: ")
    assert 'database "metabase" does not exist' in line
    way_out = re.search(r"`make delete-data STACK=dev SERVICE=(\S+) CONFIRM=(\S+)`, and run `make up` again", line)
    assert way_out, line
    removed = project.operate("delete-data", "--service", way_out[1], "--confirm", way_out[2])
    assert removed.returncode == 0, removed.stderr

    project.change(SERVICE, environment={})
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert has_its_database(dockerd)
    # What is in use is not removed.
    refused = project.operate("delete-data", "--service", SERVICE, "--confirm", "dev")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"error: {SERVICE}: it runs, so its data is in use")


def test_a_first_start_that_is_cut_behind_its_database_needs_nothing_but_the_next_up(
    project: Project, dockerd: Dockerd
) -> None:
    for command in (("down",), ("delete-data", "--confirm", "dev")):
        result = project.operate(*command)
        assert result.returncode == 0, result.stdout + result.stderr
    # Docker starts it again at once: the run that was cut may find it whole.
    cut_up(project, dockerd, WHOLE[0])
    project.change(SERVICE, environment={})
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert has_its_database(dockerd)


def cut_up(project: Project, dockerd: Dockerd, step: str) -> tuple[int, str]:
    """A run in which the database's first start is killed after that step; its exit code and what it said."""
    project.change(SERVICE, environment={"HANG_AFTER": step})
    run = project.spawn("up")
    until(lambda: run.poll() is not None or hangs(dockerd), "its first start hangs", seconds=240)
    (copy,) = dockerd.copies(SERVICE)
    os.kill(copy["State"]["Pid"], signal.SIGKILL)
    output, _ = run.communicate()
    return run.returncode, output


def has_its_database(dockerd: Dockerd) -> bool:
    ask = ("psql", "-U", "metabase", "-d", "metabase", "-Atqc", "SELECT current_database()")
    return dockerd.docker("exec", dockerd.copy(SERVICE), *ask).stdout == "metabase\n"


def hangs(dockerd: Dockerd) -> bool:
    return any(STILL in said(dockerd, found["Id"]) for found in dockerd.copies(SERVICE))
