"""A rollout that succeeds: no request is refused, none reaches a container that is not ready."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.rig.visitors.clients_at import REQUESTS_ONLY, load
from tests.rig.visitors.load import Kind
from tests.rig.wait import until

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

DRAIN = 3
READY_AFTER = 2
BEFORE, AFTER = 2, 2
"""Answers that a neighbour has at least had before a rollout begins, and gets after it."""


def up(project: Project) -> str:
    result = project.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.matrix
def test_a_rolling_update_loses_no_request_and_ends_streams_only_after_the_drain_limit(
    deployed: Project, dockerd: Dockerd
) -> None:
    service = "smarteros-blogbowl"
    deployed.change(service, rollout={"drain": f"{DRAIN}s"})
    deployed.bring_up()
    with load(service) as outcome:
        for turn in range(3):
            deployed.change(service, environment={"TURN": str(turn), "READY_AFTER": "1"})
            assert "smarteros-blogbowl: rolling update: no interruption" in up(deployed)
    assert not outcome.failures, outcome.summary()
    assert outcome.requests[Kind.GET] > 100
    assert dockerd.running()[service] == 1
    # The last stream may have begun just before a switch; it still had the drain time to itself.
    assert all(ended.lasted >= DRAIN for ended in outcome.ended), outcome.ended


@pytest.mark.matrix
def test_stop_first_holds_every_request_for_as_long_as_no_copy_is_ready(deployed: Project, dockerd: Dockerd) -> None:
    service = "n8n"
    with load(service, REQUESTS_ONLY) as outcome:
        for turn in range(3):
            deployed.change(service, environment={"TURN": str(turn), "READY_AFTER": str(READY_AFTER)})
            assert "n8n: recreate: requests queue" in up(deployed)
    assert not outcome.failures, outcome.summary()
    assert outcome.longest[Kind.POST] >= READY_AFTER, (
        "no request was held: the container was reached before it was ready"
    )
    assert dockerd.running()[service] == 1
    # Two copies on one volume would have been refused by the second one itself, in its log.
    assert "another copy runs on this data" not in dockerd.docker("logs", dockerd.copy(service)).stdout


@pytest.mark.parametrize(("service", "port"), [("smarteros-blogbowl", 3000), ("n8n", 5678)])
def test_a_neighbour_sees_no_failure_and_no_unready_copy(
    deployed: Project, dockerd: Dockerd, service: str, port: int
) -> None:
    image = dockerd.docker("inspect", "--format", "{{.Config.Image}}", dockerd.copy("metabase")).stdout.strip()
    dockerd.docker("run", "--detach", "--name", "neighbour", "--network", "smarter-net", image)
    answers: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            wget = ("wget", "-q", "-T", "60", "-O", "/dev/null", f"http://{service}:{port}/")
            answers.append(dockerd.docker("exec", "neighbour", *wget, check=False).returncode)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        until(lambda: len(answers) > BEFORE, "the neighbour is answered")
        deployed.change(service, environment={"FOR": "the neighbour", "READY_AFTER": "2"})
        up(deployed)
        asked = len(answers)
        until(lambda: len(answers) > asked + AFTER, "the neighbour is answered after it")
    finally:
        done.set()
        asking.join()
        dockerd.docker("rm", "--force", "neighbour")
    assert set(answers) == {0}


def test_history_names_each_rollout_and_rollback_needs_no_version(deployed: Project) -> None:
    service = "smarteros-blogbowl"
    for color in ("red", "green", "blue"):
        deployed.change(service, environment={"COLOR": color})
        deployed.bring_up()

    with load(service, REQUESTS_ONLY) as outcome:
        for expected in ("green", "red"):
            result = deployed.operate("rollback", service)
            assert result.returncode == 0, result.stdout + result.stderr
            assert f"{service}: back from release" in result.stdout
            entry = deployed.read()["config"]["smarter-net:services"][service]
            assert entry["environment"]["COLOR"] == expected
    assert not outcome.failures, outcome.summary()
    shown = deployed.operate("history", "--service", service).stdout
    assert shown.count(service) >= 5
    assert "metabase" not in shown


def test_a_rollback_that_fails_leaves_the_stack_file_and_the_service_as_they_were(
    deployed: Project, dockerd: Dockerd
) -> None:
    service = "n8n"
    deployed.change(service, environment={"NEVER_READY": "1"}, rollout={"start": "2s"})
    assert deployed.operate("up").returncode
    deployed.change(service, environment={"FINE": "1"}, rollout={"start": "30s"})
    deployed.bring_up()
    history = deployed.root / "history.jsonl"
    # The release to go back to is one that does not start any more.
    lines = [json.loads(line) for line in history.read_text().splitlines()]
    before = next(
        line
        for line in reversed(lines)
        if (line["service"], line["outcome"]) == (service, "ok") and "FINE" not in json.dumps(line)
    )
    settings = before["settings"]
    settings["memory"] = "65MiB"
    settings["environment"] = {**settings.get("environment", {}), "CRASH_AT_START": "1"}
    history.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    text = (deployed.folder / "Pulumi.dev.yaml").read_text()
    with load(service, REQUESTS_ONLY) as outcome:
        result = deployed.operate("rollback", service)
    assert result.returncode
    assert (deployed.folder / "Pulumi.dev.yaml").read_text() == text
    assert not outcome.failures, outcome.summary()
    assert dockerd.running()[service] == 1
    deployed.bring_up()
