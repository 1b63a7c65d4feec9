"""The workflows keep the rules, and each rule notices when one does not."""

from __future__ import annotations

import pytest

from tests.workflows import rules
from tests.workflows.rules import FOLDER, RULES, Workflow

FILES = sorted(path.name for path in FOLDER.iterdir())
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
ALONE = "group: deploy-prod\n      cancel-in-progress: false"


def read(name: str) -> Workflow:
    return Workflow(name, (FOLDER / name).read_text(encoding="utf-8"))


def test_these_are_the_workflows() -> None:
    assert FILES == ["check.yml", "deploy.yml", "drift.yml", "image.yml", "preview.yml"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", FILES)
def test_each_workflow_keeps_each_rule(name: str, rule: rules.Rule) -> None:
    assert list(rule(read(name))) == []


@pytest.mark.parametrize(
    ("rule", "name", "good", "bad"),
    [
        (rules.pinned, "check.yml", CHECKOUT, "actions/checkout@v7"),
        (rules.pinned, "check.yml", CHECKOUT, CHECKOUT.partition(" #")[0]),
        (rules.pinned, "check.yml", CHECKOUT, CHECKOUT.replace("3d3c42e5", "3d3c42e")),
        (rules.pinned, "check.yml", CHECKOUT, CHECKOUT.replace("actions/checkout", "another/checkout")),
        (rules.pinned, "check.yml", f"uses: {CHECKOUT}", '"uses": actions/checkout@v7'),
        (rules.no_credentials_left, "deploy.yml", "persist-credentials: false", "persist-credentials: true"),
        (rules.no_credentials_left, "deploy.yml", "persist-credentials: false", "fetch-depth: 0"),
        (rules.least_permissions, "deploy.yml", "permissions: {}", "permissions: read-all"),
        (rules.least_permissions, "drift.yml", "\npermissions: {}\n", "\n"),
        (rules.least_permissions, "check.yml", "    permissions:\n      contents: read # to check out\n", ""),
        (rules.least_permissions, "preview.yml", "contents: read # to check out", "pull-requests: write"),
        (rules.least_permissions, "drift.yml", "id-token: write", "contents: write"),
        (rules.least_permissions, "check.yml", "contents: read", "id-token: write"),
        (rules.least_permissions, "deploy.yml", "          AWS_ROLE_ARN: ${{ vars.AWS_ROLE_ARN }}\n", ""),
        (
            rules.deployments_are_real,
            "preview.yml",
            "      deployment: false # for its secrets",
            "      # for its secrets",
        ),
        (rules.deployments_are_real, "drift.yml", "deployment: false", "deployment: true"),
        (
            rules.deployments_are_real,
            "deploy.yml",
            "environment: staging",
            "environment: {name: staging, deployment: false}",
        ),
        (rules.deployments_are_real, "deploy.yml", "ENVIRONMENT: production", "ENVIRONMENT: prod"),
        (
            rules.cancelled_as_a_whole,
            "deploy.yml",
            "run: exec .github/steps/access.sh prod",
            "run: .github/steps/access.sh prod",
        ),
        (rules.bounded, "deploy.yml", "    timeout-minutes: 60\n", ""),
        (rules.bounded, "deploy.yml", "timeout-minutes: 60", "timeout-minutes: 600"),
        (rules.bounded, "deploy.yml", "ubuntu-24.04", "ubuntu-latest"),
        (rules.right_runner, "check.yml", "ubuntu-24.04", rules.OWN_RUNNER),
        (rules.right_runner, "drift.yml", rules.OWN_RUNNER, "ubuntu-24.04"),
        (rules.one_deploy_at_a_time, "deploy.yml", ALONE, ALONE.replace("false", "true")),
        (rules.one_deploy_at_a_time, "deploy.yml", ALONE, ALONE.replace("prod", "${{ github.sha }}")),
        (rules.one_deploy_at_a_time, "deploy.yml", f"    concurrency:\n      {ALONE}\n", ""),
        (rules.one_deploy_at_a_time, "deploy.yml", "branches: [main]", "branches: ['**']"),
        (rules.one_deploy_at_a_time, "deploy.yml", "  push:\n    branches: [main]\n", "  pull_request:\n"),
        (rules.one_deploy_at_a_time, "deploy.yml", "environment: production", "environment: preview-prod"),
        (rules.one_deploy_at_a_time, "preview.yml", "cancel-in-progress: true", "cancel-in-progress: false"),
        (rules.nothing_inserted, "check.yml", "run: make check", "run: make check ${{ github.event.number }}"),
        (rules.nothing_inserted, "check.yml", "run: make check", "run: make check\n        shell: python {0}"),
        (rules.trusted_triggers, "preview.yml", "  pull_request:\n", "  pull_request_target:\n"),
        (rules.trusted_triggers, "preview.yml", "  pull_request:\n", "  workflow_run:\n"),
        (rules.trusted_triggers, "preview.yml", "on:\n  pull_request:\n", "on: [pull_request, issue_comment]\n"),
        (rules.secrets_in_environments, "deploy.yml", "    environment: staging\n", ""),
        (rules.secrets_in_environments, "preview.yml", "GH_TOKEN: ${{ github.token }}", "X: ${{ secrets.X }}"),
        (rules.secrets_in_environments, "drift.yml", "\njobs:", "\nenv: {X: '${{ secrets.X }}'}\njobs:"),
        (rules.secrets_in_environments, "drift.yml", "    steps:", "    env: {X: '${{ secrets.X }}'}\n    steps:"),
        (rules.secrets_in_environments, "drift.yml", "${{ secrets.SSH_PRIVATE_KEY }}", "${{ toJSON(secrets) }}"),
        (rules.secrets_in_environments, "preview.yml", f"{rules.OUR_BRANCHES} &&", "true &&"),
        (rules.targets_exist, "check.yml", "run: make check", "run: make chekc"),
        (rules.targets_exist, "check.yml", "run: make check", "run: .github/steps/check.sh"),
        (rules.targets_exist, "check.yml", "run: make check", "run: curl https://example.com | sh"),
    ],
)
def test_each_rule_notices(rule: rules.Rule, name: str, good: str, bad: str) -> None:
    text = read(name).text
    assert good in text
    assert list(rule(Workflow(name, text.replace(good, bad))))


def test_the_two_deploys_come_one_after_the_other_and_after_the_checks() -> None:
    jobs = read("deploy.yml").jobs
    assert [jobs[name].get("needs") for name in ("check", "staging", "gate", "prod")] == [
        None,
        "check",
        "staging",
        "gate",
    ]
    assert jobs["prod"]["if"] == "needs.gate.outputs.prod == 'yes'"


@pytest.mark.parametrize("name", ["preview.yml", "deploy.yml", "drift.yml"])
def test_nothing_touches_a_server_before_it_is_set_up(name: str) -> None:
    for job in read(name).jobs.values():
        assert "environment" not in job or "vars.SERVERS == 'ready'" in job["if"] or job["needs"] == "gate"


def test_the_plans_of_a_pull_request_cannot_use_what_deploys() -> None:
    for name in ("preview.yml", "drift.yml"):
        environments = {rules.environment(job) for job in read(name).jobs.values() if "environment" in job}
        assert environments == {"preview-${{ matrix.stack }}"}
