"""A mistake in the stack file is one line, by `make up` and by plain `pulumi up`, before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

Settings = dict[str, Any]


def unknown_key(settings: Settings) -> None:
    settings["smarter-net:services"]["n8n"] = {"memroy": "512MiB"}


def two_services_on_one_host(settings: Settings) -> None:
    settings["smarter-net:sites"].append({"host": "api.smarterbot.localhost", "service": "metabase"})


def secret_in_clear(settings: Settings) -> None:
    settings["smarter-net:services"]["n8n"] = {"environment": {"SMTP_PASSWORD": "hunter2"}}


MISTAKES = {
    unknown_key: ("services.n8n.memroy: ", "did you mean memory?"),
    two_services_on_one_host: ("sites[5].host: ", "remove one of the two"),
    secret_in_clear: ("services.n8n.environment.SMTP_PASSWORD: ", "pulumi config set --secret secret:smtp-password"),
}


@pytest.mark.parametrize(("mistake", "said"), MISTAKES.items(), ids=[mistake.__name__ for mistake in MISTAKES])
def test_it_is_one_line_with_the_key_and_the_cure(
    project: Project, dockerd: Dockerd, mistake: Callable[[Settings], None], said: tuple[str, str]
) -> None:
    settings = project.read()["config"]
    mistake(settings)
    kept = project.read()["config"]
    project.write(settings)
    try:
        ours = project.operate("up")
        assert project.pulumi("stack", "select", "--create").returncode == 0
        plain = project.pulumi("up", "--yes")
    finally:
        project.write(kept)

    assert ours.returncode == 1
    (line,) = ours.stderr.splitlines()
    assert line.startswith(f"error: {said[0]}")
    assert said[1] in line
    assert not ours.stdout

    assert plain.returncode != 0
    shown = plain.stdout + plain.stderr
    assert "Traceback" not in shown
    assert line.removeprefix("error: ") in shown

    assert "hunter2" not in ours.stdout + ours.stderr + shown
    assert not dockerd.containers()
    assert not dockerd.docker("network", "ls", "-q", "--filter", "name=smarter-net").stdout


def test_a_stack_that_does_not_exist_is_one_line_that_names_the_others(project: Project) -> None:
    project.stack = "produciton"
    try:
        result = project.operate("up")
    finally:
        project.stack = "dev"
    assert result.returncode == 1
    assert result.stderr == "error: STACK=produciton: there is no Pulumi.produciton.yaml; known are dev\n"


@pytest.fixture
def three_mistakes(deployed: Project) -> Iterator[Project]:
    """A stack that runs, and whose file was edited in a hurry."""
    kept = deployed.read()["config"]
    settings = deployed.read()["config"]
    for mistake in (unknown_key, two_services_on_one_host):
        mistake(settings)
    settings["smarter-net:services"]["dokploy"] = {"environment": {"SMTP_PASSWORD": "hunter2"}}
    deployed.write(settings)
    yield deployed
    deployed.write(kept)


KEYS = ("services.n8n.memroy: ", "sites[5].host: ", "services.dokploy.environment.SMTP_PASSWORD: ")
LOOKS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "status": ((), 1, "nexa-runtime"),
    "logs": (("n8n",), 0, "listening on port 5678"),
    "history": ((), 0, "metabase"),
    "doctor": ((), 1, "MiB free"),
}
"""Command, arguments, exit code, and something that only the host knows."""


@pytest.mark.parametrize("command", LOOKS)
def test_what_only_looks_works_all_the_same_and_tells_all_mistakes(three_mistakes: Project, command: str) -> None:
    arguments, code, known = LOOKS[command]
    result = three_mistakes.operate(command, *arguments)
    assert result.returncode == code, result.stdout + result.stderr
    said = result.stdout + result.stderr
    assert known in said
    text = (three_mistakes.folder / "Pulumi.dev.yaml").read_text().splitlines()
    for key in KEYS:
        (line,) = [line for line in said.splitlines() if key in line]
        number = int(line.partition("Pulumi.dev.yaml:")[2].split()[0].rstrip(":"))
        last = key.rstrip(": ").rpartition(".")[2]
        assert f"{last}: " in text[number - 1], (line, text[number - 1])
    assert "hunter2" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["logs", "history"])
def test_a_service_that_does_not_exist_is_a_mistake_as_well(three_mistakes: Project, command: str) -> None:
    arguments = ("foo",) if command == "logs" else ("--service", "foo")
    result = three_mistakes.operate(command, *arguments)
    assert result.returncode == 1
    assert "error: SERVICE=foo: there is no such service; known are " in result.stderr
