"""What must hold for every workflow, as functions from a workflow to what is wrong with it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
JSON = dict[str, Any]
Rule: TypeAlias = "Callable[[Workflow], Iterator[str]]"

ACTIONS = {"actions/checkout"}
"""Each further action is third-party code beside our secrets."""
IDENTITY = "id-token"
"""The right to ask GitHub for a signed identity, which AWS trades for keys. It writes nothing on GitHub."""
LONGEST = 60
"""Minutes; GitHub's own limit is six hours."""
HOSTED = "ubuntu-24.04"
OWN_RUNNER = "${{ vars.RUNNER || 'ubuntu-24.04' }}"
"""A runner of one's own, by its label, whose address may reach the servers' SSH."""
OUR_BRANCHES = "github.event.pull_request.head.repo.full_name == github.repository"
TARGETS = set(re.findall(r"^([a-z.][\w.-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@dataclass(frozen=True)
class Workflow:
    """One workflow file."""

    name: str
    text: str

    @cached_property
    def content(self) -> JSON:
        """As YAML."""
        loaded: JSON = yaml.safe_load(self.text)
        return loaded

    @property
    def triggers(self) -> JSON:
        """`on:`, which YAML 1.1 takes for a truth value."""
        found: Any = self.content.get("on", self.content.get(True))  # type: ignore[call-overload]
        return found if isinstance(found, dict) else dict.fromkeys([found] if isinstance(found, str) else found)

    @property
    def jobs(self) -> dict[str, JSON]:
        """The jobs by their names."""
        jobs: dict[str, JSON] = self.content["jobs"]
        return jobs

    def steps(self) -> Iterator[tuple[str, JSON]]:
        """(name of its job, step)."""
        for name, job in self.jobs.items():
            for step in job.get("steps", []):
                yield name, step


def environment(job: JSON) -> str | None:
    """The name of a job's environment; None if it has none."""
    given = job.get("environment")
    return given["name"] if isinstance(given, dict) else given


def pinned(workflow: Workflow) -> Iterator[str]:
    """Every action is a commit, with the version in a comment."""
    lines = re.findall(r"^\s*(?:- )?uses:\s*(.*)$", workflow.text, re.MULTILINE)
    count = sum("uses" in found for found in [*workflow.jobs.values(), *(step for _, step in workflow.steps())])
    if count != len(lines):
        yield f"{count} uses, {len(lines)} of them written in the ordinary way"
    for line in lines:
        found = re.fullmatch(r"(?P<action>[\w.-]+/[\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
        if not found:
            yield f"{line}: not a full commit with its version"
        elif found["action"] not in ACTIONS:
            yield f"{found['action']}: one more action than needed"


def no_credentials_left(workflow: Workflow) -> Iterator[str]:
    """A checkout leaves no token in .git."""
    for job, step in workflow.steps():
        if "checkout" in step.get("uses", "") and step.get("with", {}).get("persist-credentials") is not False:
            yield f"{job}: checkout without persist-credentials: false"


def least_permissions(workflow: Workflow) -> Iterator[str]:
    """Nothing for all; each job says what it needs; what has a stack's secrets writes nothing on GitHub."""
    if workflow.content.get("permissions") != {}:
        yield "permissions: not {}"
    for name, job in workflow.jobs.items():
        permissions = job.get("permissions")
        if not isinstance(permissions, dict):
            yield f"{name}: no permissions of its own"
        elif "environment" in job and {kind for kind, right in permissions.items() if right == "write"} - {IDENTITY}:
            yield f"{name}: has secrets and may write"
        elif IDENTITY in permissions and not _takes_role(job):
            yield f"{name}: may ask for an identity and takes no role with it"


def _takes_role(job: JSON) -> bool:
    return "environment" in job and any("AWS_ROLE_ARN" in step.get("env", {}) for step in job["steps"])


def bounded(workflow: Workflow) -> Iterator[str]:
    """Each job ends by itself, on a runner that does not change under it."""
    for name, job in workflow.jobs.items():
        minutes = job.get("timeout-minutes")
        if not isinstance(minutes, int) or minutes > LONGEST:
            yield f"{name}: timeout-minutes"
        if "latest" in str(job.get("runs-on")):
            yield f"{name}: runs-on {job['runs-on']}"


def right_runner(workflow: Workflow) -> Iterator[str]:
    """What reaches a server runs where RUNNER says, everything else on GitHub's own: a fork's change among it."""
    for name, job in workflow.jobs.items():
        if job.get("runs-on") != (OWN_RUNNER if "environment" in job else HOSTED):
            yield f"{name}: runs-on {job.get('runs-on')}"


def one_deploy_at_a_time(workflow: Workflow) -> Iterator[str]:
    """What changes a server is alone in doing so, never cut short, and for main only. All others come one at a time."""
    cancels = workflow.content.get("concurrency", {}).get("cancel-in-progress")
    for name, job in workflow.jobs.items():
        runs = " ".join(step.get("run", "") for step in job.get("steps", []))
        stack = re.search(r"deploy\.sh (\S+)|make up\b.*STACK=(\S+)", runs)
        if stack:
            guard = job.get("concurrency", {})
            wanted = f"deploy-{stack[1] or stack[2]}"
            if (
                guard.get("group") != wanted
                or guard.get("cancel-in-progress") is not False
                or cancels not in {None, False}
            ):
                yield f"{name}: not alone, or can be cut short"
            if set(workflow.triggers) - {"push", "workflow_dispatch"} or (workflow.triggers.get("push") or {}) != {
                "branches": ["main"]
            }:
                yield f"{name}: not for main alone"
            if environment(job) != {"staging": "staging", "prod": "production"}.get(stack[1] or stack[2]):
                yield f"{name}: not in its environment"
    if "pull_request" in workflow.triggers and cancels is not True:
        yield "a newer push does not end this one"


def deployments_are_real(workflow: Workflow) -> Iterator[str]:
    """GitHub writes down a deployment for each job with an environment; where nothing is deployed it must not."""
    for name, job in workflow.jobs.items():
        if "environment" not in job:
            continue
        deploys = any("deploy.sh" in step.get("run", "") for step in job["steps"])
        given = job["environment"]
        quiet = isinstance(given, dict) and given.get("deployment") is False
        if quiet == deploys:
            yield f"{name}: {'no deployment is written down' if quiet else 'a deployment is written down'}"
        for step in job["steps"]:
            if "secrets." in str(step) and step.get("env", {}).get("ENVIRONMENT") != environment(job):
                yield f"{name}: does not know the name of its environment"


def cancelled_as_a_whole(workflow: Workflow) -> Iterator[str]:
    """The runner signals a step's first process alone. Where an engine runs, that is what passes the signals on."""
    for job, step in workflow.steps():
        if "secrets." in str(step) and not step["run"].startswith("exec .github/steps/access.sh "):
            yield f"{job}: {step['run']}: what it starts does not hear that the job is cancelled"


def nothing_inserted(workflow: Workflow) -> Iterator[str]:
    """No expression inside a command: what it stands for would be read as shell. Values go through `env`."""
    for job, step in workflow.steps():
        if "${{" in step.get("run", "") or "shell" in step:
            yield f"{job}: {step['run']}"


def trusted_triggers(workflow: Workflow) -> Iterator[str]:
    """No trigger that runs a stranger's change with our rights."""
    for trigger in set(workflow.triggers) - {"pull_request", "push", "schedule", "workflow_dispatch"}:
        # From another repository's token: what it may ask for is written down for people, and reaches no server.
        if trigger != "repository_dispatch" or any("environment" in job for job in workflow.jobs.values()):
            yield str(trigger)


def secrets_in_environments(workflow: Workflow) -> Iterator[str]:
    """A secret is seen only by a job with an environment, and by steps that name it; not by a fork's change."""
    for name, job in workflow.jobs.items():
        names_one = re.search(r"\bsecrets\b", yaml.safe_dump(job))
        if names_one and "environment" not in job:
            yield f"{name}: secrets without an environment"
        if re.search(r"\bsecrets\b", yaml.safe_dump(job.get("env", {}))):
            yield f"{name}: secrets for all of its steps"
        if "environment" in job and "pull_request" in workflow.triggers and OUR_BRANCHES not in job.get("if", ""):
            yield f"{name}: runs for forks"
    if re.search(
        r"\bsecrets\b", yaml.safe_dump({key: value for key, value in workflow.content.items() if key != "jobs"})
    ):
        yield "secrets for all jobs"
    if re.search(r"secrets:\s*inherit|toJSON\(\s*secrets|secrets\[", workflow.text):
        yield "all secrets at once"


def targets_exist(workflow: Workflow) -> Iterator[str]:
    """Each make target and each script that a step names is there."""
    for job, step in workflow.steps():
        if "run" not in step:
            continue
        run = step["run"]
        scripts = re.findall(r"\.github/steps/[\w.-]+", run)
        texts = [run]
        for script in scripts:
            path = ROOT / script
            if os.access(path, os.X_OK):
                texts.append(path.read_text())
            else:
                yield f"{job}: there is no program {script}"
        for target in make_targets(texts):
            if target not in TARGETS:
                yield f"{job}: there is no make target {target}"
        if not scripts and not list(make_targets(texts)):
            yield f"{job}: neither a make target nor a script: {run}"


def make_targets(texts: list[str]) -> Iterator[str]:
    """The targets that shell commands name; comments and messages count too, they should not be wrong either."""
    for text in texts:
        yield from re.findall(r"\bmake (?:--?[\w-]+ )*([a-z.][\w-]*)", text)


RULES: list[Rule] = [
    pinned,
    no_credentials_left,
    least_permissions,
    bounded,
    right_runner,
    one_deploy_at_a_time,
    deployments_are_real,
    cancelled_as_a_whole,
    nothing_inserted,
    trusted_triggers,
    secrets_in_environments,
    targets_exist,
]
