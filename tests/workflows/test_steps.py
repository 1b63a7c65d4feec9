"""Each job's steps, run here as GitHub would run them, with what it would give them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.rig.wait import until
from tests.workflows.conftest import ADDRESS, MAIN, Runner

PASSPHRASE = "correct horse battery staple"
PLAN = """\
Previewing update (STACK)

Resources:
    ~ 1 to update

What visitors notice
  n8n: recreate: requests queue
"""
NUMBER = {"github.event.pull_request.number": "7", "github.event.pull_request.head.sha": "b" * 40}
COMMENTS = "issues/7/comments?per_page=100"
BOT = {"login": "github-actions[bot]"}
MARKER = "<!-- smarter-net: plan -->"
REVIEWERS = {"protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": []}]}


def secrets(key: str, stack: str) -> dict[str, str]:
    return {
        "matrix.stack": stack,
        "github.token": "token-of-the-job",
        "secrets.PULUMI_BACKEND_URL": "s3://state?region=auto",
        "secrets.PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "secrets.PULUMI_ACCESS_TOKEN": "",
        "secrets.AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "secrets.AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "vars.AWS_REGION": "",
        "vars.AWS_ROLE_ARN": "",
        "secrets.SSH_PRIVATE_KEY": key,
    }


def agents(folder: Path) -> list[str]:
    """The agents that were started for this home and still run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_bytes().decode() for name in ("cmdline", "environ"))
        except OSError:
            continue
        if command.startswith("ssh-agent") and f"HOME={folder}\0" in environment:
            found.append(process.name)
    return found


def no_agent_is_left(runner: Runner) -> None:
    # It was told to end; that takes it a moment.
    until(lambda: not agents(runner.home), "the agent has ended")


def test_the_checks_are_the_laptops(runner: Runner) -> None:
    for file in ("check.yml", "deploy.yml"):
        assert runner.job(file, "check", {}).returncode == 0
    assert [call["arguments"] for call in runner.calls("make")] == [["check"], ["check"]]


def test_both_plans_become_one_comment(runner: Runner, key: str) -> None:
    runner.answers({COMMENTS: []})
    for stack in ("staging", "prod"):
        runner.make_says(PLAN.replace("STACK", stack))
        done = runner.job("preview.yml", "plan", secrets(key, stack))
        assert done.returncode == 0, done.stderr
        assert "What visitors notice" in done.stdout, "the plan is in the log too"
    outputs = runner.outputs()
    assert set(outputs) == {"staging", "prod"}
    assert (runner.folder / "summary").read_text().count("n8n: recreate") == 4
    assert [call["arguments"] for call in runner.calls("make")] == [
        ["--no-print-directory", "preview", "STACK=staging"],
        ["--no-print-directory", "preview", "STACK=prod"],
    ]

    values = {**NUMBER, "github.token": "t", **{f"needs.plan.outputs.{name}": text for name, text in outputs.items()}}
    done = runner.job("preview.yml", "comment", values)
    assert done.returncode == 0, done.stderr
    posted = runner.calls("gh")[-1]
    assert posted["arguments"][:4] == ["api", "--silent", "--method", "POST"]
    assert posted["arguments"][4] == "repos/smarterbot/smarter-net/issues/7/comments"
    assert posted["body"].startswith(f"{MARKER}\n## What this change would do\n\n### staging\n")
    assert posted["body"].index("### staging") < posted["body"].index("### prod")
    run = "https://github.com/smarterbot/smarter-net/actions/runs/42"
    assert posted["body"].endswith(f"<sub>Commit {'b' * 40}, [run]({run}). Nothing was changed.</sub>\n")
    assert len(posted["body"]) < 65_536


def test_the_next_push_updates_our_own_comment_and_no_other(runner: Runner) -> None:
    runner.answers(
        {
            COMMENTS: [
                {"id": 1, "user": {"login": "mallory"}, "body": f"{MARKER} not ours"},
                {"id": 2, "user": BOT, "body": "something else"},
                {"id": 3, "user": BOT, "body": f"{MARKER}\nthe plan"},
            ]
        }
    )
    values = {**NUMBER, "github.token": "t", "needs.plan.outputs.staging": "### staging", "needs.plan.outputs.prod": ""}
    assert runner.job("preview.yml", "comment", values).returncode == 0
    patched = runner.calls("gh")[-1]
    assert patched["arguments"][2:5] == ["--method", "PATCH", "repos/smarterbot/smarter-net/issues/comments/3"]
    assert "### prod\n\nNo plan came through; [the run](https://" in patched["body"]


def test_a_comment_that_cannot_be_looked_for_is_not_posted_twice(runner: Runner) -> None:
    runner.answers({COMMENTS: None})
    values = {**NUMBER, "github.token": "t", "needs.plan.outputs.staging": "", "needs.plan.outputs.prod": ""}
    assert runner.job("preview.yml", "comment", values).returncode
    assert len(runner.calls("gh")) == 1


def test_a_plan_that_fails_fails_the_job_and_is_reported(runner: Runner, key: str) -> None:
    runner.make_says(f"error: the passphrase {PASSPHRASE} is wrong\n", 2)
    done = runner.job("preview.yml", "plan", secrets(key, "prod"))
    assert done.returncode == 2
    assert "could not be made" in runner.outputs()["prod"]
    assert PASSPHRASE not in runner.outputs()["prod"]


def test_a_plan_cannot_set_other_outputs(runner: Runner, key: str) -> None:
    runner.make_says("end\nEOF\nother=1\nother<<x\n1\nx\n")
    assert runner.job("preview.yml", "plan", secrets(key, "prod")).returncode == 0
    assert set(runner.outputs()) == {"prod"}


def test_the_key_is_there_for_the_command_alone(runner: Runner, key: str) -> None:
    # Secrets that were pasted on Windows are like that.
    done = runner.job("preview.yml", "plan", secrets(key.replace("\n", "\r\n"), "staging"))
    assert done.returncode == 0, done.stderr
    [call] = runner.calls("make")
    assert "deploy (ED25519)" in call["keys"]
    assert "SSH_PRIVATE_KEY" not in call["environment"]
    assert key.splitlines()[1] not in str(call)
    assert {"PULUMI_ACCESS_TOKEN", "AWS_REGION"}.isdisjoint(call["environment"])
    assert call["environment"]["PULUMI_CONFIG_PASSPHRASE"] == PASSPHRASE
    no_agent_is_left(runner)
    written = [path for path in runner.folder.rglob("*") if path.is_file() and path.name not in {"make", "gh"}]
    assert not [path for path in written if key.splitlines()[1] in path.read_text(errors="replace")]


def test_the_shared_connection_ends_with_the_command(runner: Runner, key: str) -> None:
    sockets = runner.home / ".ssh"
    sockets.mkdir()
    with socket.socket(socket.AF_UNIX) as shared, contextlib.chdir(sockets):
        shared.bind("smarter-net-0123")
    runner.program("ssh", f'#!/bin/sh\necho "$@" >>{runner.told}/ssh\n')
    assert runner.job("preview.yml", "plan", secrets(key, "prod")).returncode == 0
    asked = (runner.told / "ssh").read_text()
    assert asked == f"-O stop -o ControlPath={sockets}/smarter-net-0123 {ADDRESS}\n"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for the agent in /proc")
def test_a_job_that_is_ended_leaves_no_agent(runner: Runner, key: str) -> None:
    (runner.told / "make.run").write_text("sleep 30")
    given = {
        "PULUMI_BACKEND_URL": "s3://state",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "SSH_PRIVATE_KEY": key,
    }
    started = subprocess.Popen(
        [".github/steps/access.sh", "prod", "make", "preview"],
        cwd=runner.checkout,
        env=runner.variables(**given),
        start_new_session=True,
    )
    until(lambda: runner.calls("make"), "the command runs")
    assert agents(runner.home)
    os.killpg(started.pid, signal.SIGTERM)
    assert started.wait(20) == 143
    no_agent_is_left(runner)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PULUMI_BACKEND_URL", "", "PULUMI_BACKEND_URL: not set; add it to the secrets of the environment staging"),
        ("PULUMI_BACKEND_URL", "file:///tmp/state", "gone after the job"),
        ("PULUMI_BACKEND_URL", "https://api.pulumi.com", "PULUMI_ACCESS_TOKEN: not set"),
        ("PULUMI_CONFIG_PASSPHRASE", "", "PULUMI_CONFIG_PASSPHRASE: not set"),
        ("AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY: not set"),
        ("SSH_PRIVATE_KEY", "", "SSH_PRIVATE_KEY: not set"),
        ("SSH_PRIVATE_KEY", "no key", "SSH_PRIVATE_KEY: not a private key"),
    ],
)
def test_what_is_missing_is_one_line_and_nothing_is_run(
    runner: Runner, key: str, name: str, value: str, said: str
) -> None:
    done = runner.job("deploy.yml", "staging", {**secrets(key, "staging"), f"secrets.{name}": value})
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert not runner.calls("make")
    no_agent_is_left(runner)


def test_a_stack_file_that_is_still_the_example_is_not_deployed(runner: Runner, key: str) -> None:
    file = runner.checkout / "Pulumi.staging.yaml"
    file.write_text(file.read_text().replace(ADDRESS, "192.0.2.10"))
    done = runner.job("deploy.yml", "staging", secrets(key, "staging"))
    assert done.returncode == 1
    assert "host.address: 192.0.2.10 is an example" in done.stderr
    assert not runner.calls("make")


def test_a_local_stack_needs_no_key(runner: Runner) -> None:
    done = runner.run(
        *(".github/steps/access.sh", "dev", "make", "preview", "STACK=dev"),
        PULUMI_BACKEND_URL="gs://state",
        PULUMI_CONFIG_PASSPHRASE=PASSPHRASE,
    )
    assert done.returncode == 0, done.stderr
    assert "SSH_AUTH_SOCK" not in runner.calls("make")[0]["environment"]


@pytest.mark.parametrize(("job", "stack"), [("staging", "staging"), ("prod", "prod")])
def test_a_deploy_is_up_and_then_a_look_at_what_runs(runner: Runner, key: str, job: str, stack: str) -> None:
    runner.answers({"commits/main": {"sha": MAIN}})
    done = runner.job("deploy.yml", job, secrets(key, stack))
    assert done.returncode == 0, done.stderr
    up, status = runner.calls("make")
    assert up["arguments"] == ["--no-print-directory", "up", f"STACK={stack}", "YES=1"]
    assert status["arguments"] == ["--no-print-directory", "status", f"STACK={stack}"]
    assert up["environment"]["SMARTER_NET_BY"] == "someone@github run 42"
    assert "GH_TOKEN" not in up["environment"]


def test_a_deploy_that_fails_is_red_at_once(runner: Runner, key: str) -> None:
    runner.answers({"commits/main": {"sha": MAIN}})
    runner.make_says("error: n8n: not ready after 60 s\n", 1)
    assert runner.job("deploy.yml", "prod", secrets(key, "prod")).returncode
    assert len(runner.calls("make")) == 1


@pytest.mark.parametrize("answer", [{"sha": "c" * 40}, None])
def test_an_old_commit_is_not_put_over_a_newer_one(runner: Runner, key: str, answer: dict[str, str] | None) -> None:
    runner.answers({"commits/main": answer})
    assert runner.job("deploy.yml", "prod", secrets(key, "prod")).returncode == 1
    assert not runner.calls("make")


@pytest.mark.parametrize(
    ("newest", "environment", "event", "prod"),
    [
        (MAIN, REVIEWERS, "push", "yes"),
        (MAIN, {"protection_rules": [{"type": "branch_policy"}]}, "push", "no"),
        (MAIN, {}, "push", "no"),
        (MAIN, {"protection_rules": []}, "workflow_dispatch", "yes"),
        ("c" * 40, REVIEWERS, "push", "no"),
        ("c" * 40, REVIEWERS, "workflow_dispatch", "no"),
    ],
)
def test_prod_is_next_only_if_a_person_has_a_say(
    runner: Runner, newest: str, environment: dict[str, object], event: str, prod: str
) -> None:
    runner.answers({"commits/main": {"sha": newest}, "environments/production": environment})
    runner.environment["GITHUB_EVENT_NAME"] = event
    done = runner.job("deploy.yml", "gate", {"github.token": "t"})
    assert done.returncode == 0, done.stderr
    assert runner.outputs() == {"prod": prod}
    assert ("::" in done.stdout) == (prod == "no"), "what is left out is said"


def test_a_run_that_a_workflow_started_has_no_person_behind_it(runner: Runner) -> None:
    runner.answers({"commits/main": {"sha": MAIN}, "environments/production": {"protection_rules": []}})
    runner.environment |= {"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_ACTOR": "github-actions[bot]"}
    assert runner.job("deploy.yml", "gate", {"github.token": "t"}).returncode == 0
    assert runner.outputs() == {"prod": "no"}


def test_no_answer_is_no_agreement_and_a_missing_environment_is_named(runner: Runner) -> None:
    runner.answers({"commits/main": {"sha": MAIN}, "environments/production": None})
    done = runner.job("deploy.yml", "gate", {"github.token": "t"})
    assert done.returncode
    assert done.stdout.startswith("::error::production: there is no such environment; add it")
    assert runner.outputs() == {}
    runner.answers({"commits/main": {"sha": MAIN}, "environments/production": "reviewers"})
    done = runner.job("deploy.yml", "gate", {"github.token": "t"})
    assert done.returncode
    assert done.stdout.startswith("::error::production: cannot read this environment (jq: error")
    assert runner.outputs() == {}


@pytest.mark.parametrize(("said", "code"), [("as it was deployed", 0), ("differs from what was deployed", 2)])
def test_the_night_is_make_drift(runner: Runner, key: str, said: str, code: int) -> None:
    runner.make_says(f"prod: {said}.\n", code)
    assert runner.job("drift.yml", "look", secrets(key, "prod")).returncode == code
    assert f"prod: {said}." in runner.outputs()["prod"]
    assert [call["arguments"][1:] for call in runner.calls("make")] == [["drift", "STACK=prod"]]


def night(runner: Runner, result: str, *, open_issue: int | None) -> list[list[str]]:
    """The calls of gh that change something."""
    runner.answers({"issue list": [] if open_issue is None else [{"number": open_issue}]})
    values = {
        "github.token": "t",
        "needs.look.result": result,
        "needs.look.outputs.staging": "### staging\n\nNothing to change.",
        "needs.look.outputs.prod": "",
    }
    done = runner.job("drift.yml", "issue", values)
    assert done.returncode == 0, done.stderr
    return [call["arguments"][:3] for call in runner.calls("gh")[1:]]


def test_drift_opens_one_issue(runner: Runner) -> None:
    assert night(runner, "failure", open_issue=None) == [
        ["label", "create", "drift"],
        ["issue", "create", "--title"],
    ]
    created = runner.calls("gh")[-1]
    assert "### prod\n\nCould not be looked at; [the run](https://" in created["body"]
    assert created["repository"] == "smarterbot/smarter-net"


def test_drift_brings_the_open_issue_up_to_date(runner: Runner) -> None:
    assert night(runner, "failure", open_issue=5) == [["issue", "edit", "5"]]


def test_a_good_night_closes_it(runner: Runner) -> None:
    assert night(runner, "success", open_issue=5) == [["issue", "close", "5"]]


def test_a_good_night_after_a_good_night_says_nothing(runner: Runner) -> None:
    assert night(runner, "success", open_issue=None) == []


@pytest.mark.parametrize(
    ("provided", "code", "run"),
    [("command -v actionlint", 0, True), ("exit 0", 0, False), ("exit 9", 9, False)],
    ids=["there", "left out", "missing in CI"],
)
def test_actionlint_is_run_where_the_toolchain_has_it(runner: Runner, provided: str, code: int, *, run: bool) -> None:
    runner.program("actionlint", '#!/bin/sh\necho "$@"\n')
    provider = runner.checkout / "tools/toolchain/actionlint"
    provider.parent.mkdir(parents=True)
    provider.write_text(f"#!/bin/sh\n{provided}\n")
    provider.chmod(0o755)
    done = runner.run(".github/steps/actionlint.sh")
    assert (done.returncode, "-shellcheck=" in done.stdout) == (code, run)
