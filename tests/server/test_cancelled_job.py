"""A deploy's job that GitHub cancels, with a real engine in the middle of a rollout and the state in a bucket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.rig.internet.bucket import KEYS, URL, Bucket
from tests.rig.project import REPOSITORY
from tests.rig.servers.remote import staging_up, visit
from tests.rig.wait import until
from tests.workflows.cancel import cancel, processes
from tests.workflows.rules import FOLDER, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.rig.project import Project
    from tests.rig.servers.server import Internet, Server

pytestmark = pytest.mark.quiet
"""GitHub gives a cancelled step 10 s, however busy its machine is."""

COMMIT = "a" * 40
SERVICE = "smarteros-blogbowl"
HOST = "mkt.smarterbot.store"
MARK = "smarter-net-cancelled-job"


@dataclass(frozen=True)
class Deployed:
    """Staging, up, as a checkout on a runner, with the state in a bucket."""

    internet: Internet
    server: Server
    bucket: Bucket
    project: Project

    def change(self, turn: int, **environment: str) -> None:
        """What the next deploy has to roll out."""
        kept = self.project.read()["config"]["smarter-net:services"][SERVICE]["environment"]
        kept = {name: value for name, value in kept.items() if name not in {"TURN", "READY_AFTER"}}
        self.project.change(SERVICE, environment={**kept, "TURN": str(turn), **environment})

    def running(self) -> int:
        """Containers of the service."""
        return sum(copy["State"]["Running"] for copy in self.server.dockerd.copies(SERVICE))

    def serves(self) -> bool:
        """Whether its visitors are answered."""
        shown = visit(self.internet, self.server, HOST, "-k", check=False).stdout
        return bool(shown) and json.loads(shown).get("service") == SERVICE


@pytest.fixture(scope="module")
def deployed(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    bucket, server = Bucket(internet), internet.server("cancelled")
    project = staging_up(tmp_path_factory.mktemp("cancelled"), internet, server, {"PULUMI_BACKEND_URL": URL, **KEYS})
    for name in (".github", "Makefile"):
        (project.folder / name).symlink_to(REPOSITORY / name)
    gh = internet.folder / "bin" / "gh"
    gh.write_text(f"#!/bin/sh\necho {COMMIT}\n")
    gh.chmod(0o755)
    return Deployed(internet, server, bucket, project)


class Job:
    """The deploy's step, as GitHub's runner starts it."""

    def __init__(self, deployed: Deployed, folder: Path) -> None:
        project, internet = deployed.project, deployed.internet
        step = Workflow("deploy.yml", (FOLDER / "deploy.yml").read_text()).jobs["staging"]["steps"][-1]
        script = folder / "step.sh"
        script.write_text(step["run"])
        self.log = folder / "log"
        environment = {
            **project.environment,
            "SSH_PRIVATE_KEY": internet.identity_file.read_text(),
            "GITHUB_ACTOR": "someone",
            "GITHUB_REPOSITORY": "smarterbot/smarter-net",
            "GITHUB_RUN_ID": "42",
            "GITHUB_SHA": COMMIT,
            "RUNNER_ENVIRONMENT": "self-hosted",
            "MARK": MARK,
        }
        with self.log.open("w") as log:
            self.step = subprocess.Popen(
                [*internet.enter, "bash", "-e", str(script)], cwd=project.folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def rolling(deployed: Deployed, tmp_path: Path) -> Iterator[Job]:
    """A deploy whose new container has started and will not be ready for a long time."""
    before = deployed.running()
    deployed.change(1, READY_AFTER="25s")
    job = Job(deployed, tmp_path)
    try:
        until(lambda: deployed.running() > before or job.step.poll() is not None, "the rollout waits", seconds=120)
        assert job.step.poll() is None, job.said()
        yield job
    finally:
        for number, _ in list(processes(f"MARK={MARK}")):
            os.kill(number, signal.SIGKILL)
        job.step.wait()


def test_a_cancelled_job_leaves_no_lock_and_nothing_at_work(deployed: Deployed, rolling: Job, tmp_path: Path) -> None:
    assert deployed.bucket.locks("staging")
    last = cancel(rolling.step)
    assert last in {signal.SIGINT, signal.SIGTERM}, rolling.said()
    assert deployed.bucket.locks("staging") == [], rolling.said()
    # The agent was told to end, which takes it a moment.
    assert not [each for each in processes(f"MARK={MARK}") if not each[1].startswith("ssh-agent")]
    until(lambda: not list(processes(f"MARK={MARK}")), "the agent has ended")
    assert deployed.serves()
    deployed.change(2)
    after = Job(deployed, tmp_path)
    assert after.step.wait(180) == 0, after.said()
    assert deployed.running() == 1


def test_after_a_kill_the_next_job_heals(deployed: Deployed, rolling: Job, tmp_path: Path) -> None:
    for number, _ in list(processes(f"MARK={MARK}")):
        os.kill(number, signal.SIGKILL)
    rolling.step.wait()
    assert deployed.bucket.locks("staging")
    assert deployed.serves()
    deployed.change(3)
    after = Job(deployed, tmp_path)
    assert after.step.wait(180) == 0, after.said()
    assert "left by a job that is over" in after.said()
    assert deployed.bucket.locks("staging") == []
    assert deployed.running() == 1


def test_a_laptop_at_work_is_not_disturbed(deployed: Deployed, tmp_path: Path) -> None:
    deployed.bucket.plant("staging", user="ana", host="laptop", pid=4242)
    deployed.change(4)
    job = Job(deployed, tmp_path)
    assert job.step.wait(180) != 0
    assert "lock of ana@laptop, process 4242, since 2026-11-25T22:00:00Z: its holder may be at work" in job.said()
    assert len(deployed.bucket.locks("staging")) == 1
