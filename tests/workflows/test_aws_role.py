"""A job takes a role at AWS with its own identity, so that no key of AWS's is kept at GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workflows.aws import KEYS, ROLE, SUBJECT, Aws
from tests.workflows.test_steps import no_agent_is_left, secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflows.conftest import Runner

WITHOUT_KEYS = {
    "secrets.AWS_ACCESS_KEY_ID": "",
    "secrets.AWS_SECRET_ACCESS_KEY": "",
    "vars.AWS_ROLE_ARN": ROLE,
}


@pytest.fixture
def aws() -> Iterator[Aws]:
    with Aws() as aws:
        yield aws


def test_the_engine_gets_the_roles_keys_and_nothing_to_ask_for_others_with(runner: Runner, key: str, aws: Aws) -> None:
    runner.environment |= aws.variables
    done = runner.job("drift.yml", "look", {**secrets(key, "prod"), **WITHOUT_KEYS})
    assert done.returncode == 0, done.stderr
    [call] = runner.calls("make")
    assert {name: call["environment"].get(name) for name in KEYS} == KEYS
    assert {"AWS_ROLE_ARN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}.isdisjoint(call["environment"])
    [form] = aws.asked
    assert form["RoleSessionName"] == "smarter-net-42"
    assert form["DurationSeconds"] == "3600"
    # The runner hides from then on what it is told to hide, wherever it comes up.
    for value in KEYS.values():
        said = [line for line in (done.stdout + done.stderr).splitlines() if value in line]
        assert said == [f"::add-mask::{value}"]


def test_a_role_that_is_for_others_says_whom_to_allow(runner: Runner, key: str, aws: Aws) -> None:
    aws.allowed = "repo:smarterbot/smarter-net:environment:staging"
    runner.environment |= aws.variables
    done = runner.job("deploy.yml", "prod", {**secrets(key, "prod"), **WITHOUT_KEYS})
    assert done.returncode == 1
    assert done.stderr == (
        "error: AWS_ROLE_ARN: AWS refuses the role (Not authorized to perform sts:AssumeRoleWithWebIdentity); "
        f"its trust policy must allow sts.amazonaws.com as audience and {SUBJECT} as subject\n"
    )
    assert not runner.calls("make")
    no_agent_is_left(runner)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"}, "GitHub gives this job no identity (HTTP 401)"),
        ({"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/?a=b"}, "127.0.0.1 does not answer"),
        ({"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}, "127.0.0.1 does not answer"),
    ],
)
def test_what_does_not_answer_is_one_line(
    runner: Runner, key: str, aws: Aws, change: dict[str, str], said: str
) -> None:
    runner.environment |= {**aws.variables, **change}
    done = runner.job("drift.yml", "look", {**secrets(key, "prod"), **WITHOUT_KEYS})
    assert done.returncode == 1
    assert done.stderr.startswith("error: AWS_ROLE_ARN: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_job_without_the_permission_is_told_so(runner: Runner, key: str) -> None:
    done = runner.job("drift.yml", "look", {**secrets(key, "prod"), **WITHOUT_KEYS})
    assert done.returncode == 1
    assert "AWS_ROLE_ARN: this job may not ask for an identity" in done.stderr
