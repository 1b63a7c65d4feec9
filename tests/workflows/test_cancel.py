"""A job that is cancelled ends as a whole: the engine hears of it in time, and nothing that it started is left."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rig.wait import until
from tests.workflows.cancel import cancel, processes
from tests.workflows.conftest import MAIN
from tests.workflows.rules import FOLDER, Workflow
from tests.workflows.test_steps import no_agent_is_left, secrets

if TYPE_CHECKING:
    from tests.workflows.conftest import Runner

ENGINE = f"""exec {sys.executable} - <<'END'
import os, pathlib, signal, subprocess, sys, time
told = pathlib.Path(os.environ["TOLD"])
signal.signal(signal.SIGINT, lambda *_: ended())
if STUBBORN:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
# As the plugins do: a command with a process group of its own.
command = subprocess.Popen(["sleep", "600"], process_group=0)
def ended():
    command.terminate()
    command.wait()
    (told / "lock").unlink()
    sys.exit(1)
(told / "lock").write_text("")
time.sleep(600)
END
"""


def start(
    runner: Runner, key: str, *, stubborn: bool, file: str = "deploy.yml", job: str = "prod"
) -> subprocess.Popen[str]:
    """The job's step as the runner starts it, as far as the engine's work."""
    runner.answers({"commits/main": {"sha": MAIN}})
    (runner.told / "make.run").write_text(ENGINE.replace("STUBBORN", str(stubborn)))
    step = Workflow(file, (FOLDER / file).read_text()).jobs[job]["steps"][-1]
    values = secrets(key, "prod")
    given = {name: values.get(str(text)[4:-3], str(text)) for name, text in step["env"].items()}
    script = runner.folder / "step.sh"
    script.write_text(step["run"])
    started = subprocess.Popen(
        ["bash", "-e", str(script)],
        cwd=runner.checkout,
        env=runner.variables(**given),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    until((runner.told / "lock").exists, "the engine is at work")
    return started


def left(runner: Runner) -> list[tuple[int, str]]:
    return list(processes(f"TOLD={runner.told}"))


@pytest.mark.parametrize(("file", "job"), [("deploy.yml", "prod"), ("preview.yml", "plan"), ("drift.yml", "look")])
def test_the_engine_hears_of_it_and_gives_the_lock_back(runner: Runner, key: str, file: str, job: str) -> None:
    step = start(runner, key, stubborn=False, file=file, job=job)
    assert len(left(runner)) > 4
    assert cancel(step) is signal.SIGINT
    assert step.returncode == 128 + signal.SIGINT
    assert left(runner) == []
    assert not (runner.told / "lock").exists()
    no_agent_is_left(runner)


def test_what_does_not_end_by_itself_is_killed_before_the_step_is(runner: Runner, key: str) -> None:
    step = start(runner, key, stubborn=True)
    assert cancel(step) is signal.SIGTERM
    assert step.returncode == 128 + signal.SIGTERM
    assert left(runner) == []
    no_agent_is_left(runner)


LOCKED = """\
error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock \
file with `pulumi cancel`.
  s3://state/.pulumi/locks/organization/smarter-net/prod/1.json: created by USER@HOST (pid PID) \
at 2026-11-25T22:00:00Z\x1b[0m
"""


def lock(runner: Runner, user: str, host: str, pid: int) -> None:
    """`make up` finds this lock, until `pulumi cancel` has removed it."""
    runner.answers({"commits/main": {"sha": MAIN}})
    runner.make_says(LOCKED.replace("USER", user).replace("HOST", host).replace("PID", str(pid)), 1)
    cancelled = f"rm -f {runner.told}/make.log {runner.told}/make.code"
    runner.program("pulumi", f'#!/bin/sh\necho "$@" >>{runner.told}/pulumi\n{cancelled}\n')
    provider = runner.checkout / "tools/toolchain/env"
    provider.parent.mkdir(parents=True)
    provider.write_text("#!/bin/sh\n")
    provider.chmod(0o755)


def deploy(runner: Runner, key: str, kind: str) -> subprocess.CompletedProcess[str]:
    runner.environment["RUNNER_ENVIRONMENT"] = kind
    return runner.job("deploy.yml", "prod", secrets(key, "prod"))


def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as ended:
        return ended.pid


@pytest.mark.parametrize(
    ("kind", "user", "host"),
    [("github-hosted", "runner", "runnervm1a2b3"), ("self-hosted", "deploy", "HERE")],
)
def test_the_lock_of_a_job_that_was_killed_is_removed(
    runner: Runner, key: str, kind: str, user: str, host: str
) -> None:
    lock(runner, user, socket.gethostname() if host == "HERE" else host, gone())
    done = deploy(runner, key, kind)
    assert done.returncode == 0, done.stdout + done.stderr
    # The engine colours what it says.
    assert ", since 2026-11-25T22:00:00Z: left by a job that is over" in done.stdout
    assert (runner.told / "pulumi").read_text() == "cancel --yes --non-interactive --stack prod\n"
    assert [call["arguments"][1] for call in runner.calls("make")] == ["up", "up", "status"]


@pytest.mark.parametrize(
    ("kind", "user", "host", "alive"),
    [
        ("github-hosted", "ana", "laptop", False),
        ("self-hosted", "runner", "runnervm1a2b3", False),
        ("self-hosted", "deploy", "HERE", True),
    ],
    ids=["a laptop's", "another machine's", "a process at work"],
)
def test_the_lock_of_what_may_be_at_work_stays(
    runner: Runner, key: str, kind: str, user: str, host: str, *, alive: bool
) -> None:
    with subprocess.Popen(["sleep", "600"]) as worker:
        lock(runner, user, socket.gethostname() if host == "HERE" else host, worker.pid if alive else gone())
        done = deploy(runner, key, kind)
        worker.kill()
    assert done.returncode
    assert "its holder may be at work" in done.stdout
    assert not (runner.told / "pulumi").exists()
    assert len(runner.calls("make")) == 1


def test_another_failure_is_not_tried_again(runner: Runner, key: str) -> None:
    lock(runner, "runner", "runnervm1a2b3", 1)
    runner.make_says("error: n8n: not ready after 60 s\n", 1)
    assert deploy(runner, key, "github-hosted").returncode
    assert len(runner.calls("make")) == 1
