"""The workflow that writes another image into a stack file: what it asks GitHub for, and what it refuses."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.workflows.conftest import MAIN

if TYPE_CHECKING:
    import subprocess

    from tests.workflows.conftest import JSON, Runner

HERE = "repos/smarterbot/smarter-net"
IMAGE = "ghcr.io/smarterbot/blogbowl:0.4.0"
TITLE = f"Give smarteros-blogbowl {IMAGE} on prod"


@pytest.fixture
def repository(runner: Runner) -> Runner:
    """A checkout that is a repository, and a make that writes something into the file of prod."""
    who = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
    for command in (("init", "-q"), ("add", "--all"), (*who, "commit", "-qm", "All")):
        assert runner.run("git", *command).returncode == 0
    (runner.told / "make.run").write_text("echo '# another image' >>Pulumi.prod.yaml")
    return runner


def start(runner: Runner, way: str = "pull-request", **given: str) -> subprocess.CompletedProcess[str]:
    asked = {"stack": "prod", "service": "smarteros-blogbowl", "image": IMAGE, **given}
    expressions = {f"inputs.{name} || github.event.client_payload.{name}": value for name, value in asked.items()}
    return runner.job("image.yml", "image", {"github.token": "t", "vars.IMAGES || 'pull-request'": way, **expressions})


def asked(runner: Runner) -> list[list[str]]:
    calls: list[JSON] = runner.calls("gh")
    return [call["arguments"] for call in calls]


def written(runner: Runner, branch: str) -> list[str]:
    """The call that writes the file."""
    blob = runner.run("git", "rev-parse", "HEAD:Pulumi.prod.yaml").stdout.strip()
    return [
        "api", "--silent", "--method", "PUT", f"{HERE}/contents/Pulumi.prod.yaml", "-f", f"branch={branch}",
        "-f", f"message={TITLE}", "-f", f"sha={blob}", "-F", "content=@content",
    ]  # fmt: skip


def test_it_opens_a_pull_request_for_each_service(repository: Runner) -> None:
    repository.answers({"state=open": [], f"{HERE}/pulls -f": {"html_url": "https://github.com/pull/8"}})
    done = start(repository)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = repository.calls("make")
    assert made["arguments"] == ["pin", "STACK=prod", "SERVICE=smarteros-blogbowl", f"IMAGE={IMAGE}"]
    branch = "image/prod-smarteros-blogbowl"
    begun, put, looked, opened = asked(repository)
    assert begun == ["api", "--silent", f"{HERE}/git/refs", "-f", f"ref=refs/heads/{branch}", "-f", f"sha={MAIN}"]
    assert put == written(repository, branch)
    assert f"head=smarterbot:{branch}" in looked[1]
    assert opened[:6] == ["api", f"{HERE}/pulls", "-f", f"head={branch}", "-f", "base=main"]
    assert "::notice::prod: https://github.com/pull/8" in done.stdout


def test_a_newer_image_takes_the_place_of_one_that_waits(repository: Runner) -> None:
    repository.answers({"git/refs -f": None, "state=open": [{"html_url": "https://github.com/pull/7"}]})
    done = start(repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [call[2:4] for call in asked(repository)[:2]] == [
        [f"{HERE}/git/refs", "-f"], ["--method", "PATCH"],
    ]  # fmt: skip
    assert not [call for call in asked(repository) if f"{HERE}/pulls" in call]


def test_onto_main_it_is_deployed(repository: Runner) -> None:
    done = start(repository, "main")
    assert done.returncode == 0, done.stdout + done.stderr
    dispatch = ["api", "--silent", f"{HERE}/actions/workflows/deploy.yml/dispatches", "-f", "ref=main"]
    assert asked(repository) == [written(repository, "main"), dispatch]


def test_a_main_that_moved_or_is_protected_is_said(repository: Runner) -> None:
    repository.answers({"contents/": None})
    done = start(repository, "main")
    assert done.returncode == 1
    assert "cannot be written on main; if main is protected set the variable IMAGES to pull-request" in done.stdout
    assert not [call for call in asked(repository) if "dispatches" in " ".join(call)]


def test_an_image_that_is_there_already_asks_for_nothing(repository: Runner) -> None:
    (repository.told / "make.run").unlink()
    done = start(repository)
    assert (done.returncode, asked(repository)) == (0, [])
    assert "smarteros-blogbowl has that image already" in done.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"image": "$(shell id):1"}, 'image: "$(shell id):1" is none'),
        ({"image": ""}, 'image: "" is none'),
        ({"service": "n8n; id"}, 'service: "n8n; id" is none'),
        ({"stack": "../../etc"}, "stack: there is no ../../etc; one of dev prod staging"),
        ({"way": "mian"}, 'IMAGES: the variable of this repository is "mian"'),
    ],
)
def test_what_comes_from_elsewhere_is_not_believed(repository: Runner, given: dict[str, str], said: str) -> None:
    done = start(repository, **given)
    assert done.returncode == 1
    assert f"::error::{said}" in done.stdout
    assert repository.calls("make") == []
    assert asked(repository) == []


def test_a_failing_pin_writes_nothing(repository: Runner) -> None:
    repository.make_says("error: IMAGE: …", 1)
    assert start(repository).returncode
    assert asked(repository) == []


def test_the_file_is_sent_whole(repository: Runner) -> None:
    sent = repository.told / "sent"
    repository.program("gh", f"#!/bin/sh\n[ ! -e content ] || cp content {sent}\nexit 0\n")
    done = start(repository, "main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert base64.b64decode(sent.read_bytes()) == (repository.checkout / "Pulumi.prod.yaml").read_bytes()
