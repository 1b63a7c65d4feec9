"""A stack that is watched: a silent site is told once, and once more when it is back; a good rollout is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from config.catalog.watch import WATCH
from tests.rig.images import load
from tests.rig.receiver import Receiver
from tests.rig.wait import until
from tests.rig.watch_programs import images, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

PORT = 28099
SITE = "api.smarterbot.localhost"
MOST_MEBIBYTES = 200
"""Resident; more than half of it is the programs' own files, which the kernel drops where it needs the room."""
MOST_SECONDS = 60
JOBS = {"prometheus", "alertmanager", "blackbox", "host", "proxy", "sites"}
QUICK = {"start": "1m", "settle": "1s"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver(PORT) as made:
        yield made


@pytest.fixture(scope="module")
def watched(project: Project, dockerd: Dockerd, receiver: Receiver) -> Project:
    """Two services, watched each five seconds."""
    load(dockerd, *images())
    settings = project.read()["config"]
    settings["smarter-net:sites"] = [
        {"host": "mkt.smarterbot.localhost", "service": "smarteros-blogbowl"},
        {"host": SITE, "service": "n8n"},
    ]
    four = {entry.name: {"image": reference(entry.name), "rollout": QUICK} for entry in WATCH}
    settings["smarter-net:services"] = {"smarteros-blogbowl": {}, "n8n": {}, **four}
    settings["smarter-net:watch"] = {"tell": {"webhook": {"url": receiver.url}}, "every": "5s"}
    project.write(settings)
    project.bring_up()
    return project


def asked(dockerd: Dockerd, path: str) -> Any:  # noqa: ANN401  JSON
    """What Prometheus answers."""
    line = ["wget", "-q", "-O", "-", f"http://127.0.0.1:9090/api/v1/{path}"]
    said = dockerd.docker("exec", dockerd.copy("prometheus"), *line, check=False)
    return json.loads(said.stdout)["data"] if said.returncode == 0 else None


def targets(dockerd: Dockerd) -> dict[str, str]:
    """The health of each job, and why."""
    found = asked(dockerd, "targets?state=active") or {"activeTargets": []}
    return {each["labels"]["job"]: f"{each['health']} {each['lastError']}".strip() for each in found["activeTargets"]}


def test_all_of_it_runs_and_nothing_is_told(watched: Project, dockerd: Dockerd, receiver: Receiver) -> None:
    until(lambda: targets(dockerd) == dict.fromkeys(JOBS, "up"), f"all are asked: {targets(dockerd)}")
    found = until(lambda: asked(dockerd, "query?query=probe_success"), "a look")
    until(
        lambda: [each["value"][1] for each in asked(dockerd, "query?query=probe_success")["result"]] == ["1", "1"],
        f"both sites answer: {found}",
    )
    status = watched.operate("status")
    assert status.returncode == 0, status.stdout + status.stderr
    assert all(entry.name in status.stdout for entry in WATCH)
    assert [one.summary for one in receiver.told] == []


def test_figures_are_for_the_network_alone(watched: Project, dockerd: Dockerd) -> None:
    assert watched is not None
    proxy = json.loads(dockerd.docker("inspect", "caddy-proxy").stdout)[0]
    assert "2021/tcp" not in {port for port, at in proxy["NetworkSettings"]["Ports"].items() if at}
    networks = {entry.name: set(dockerd.copies(entry.name)[0]["NetworkSettings"]["Networks"]) for entry in WATCH}
    assert networks == {
        "prometheus": {"smarter-net", *(f"smarter-net-{entry.name}" for entry in WATCH)},
        "alertmanager": {"smarter-net-alertmanager"},
        "blackbox-exporter": {"smarter-net", "smarter-net-blackbox-exporter"},
        "node-exporter": {"smarter-net-node-exporter"},
    }


def test_a_trial_arrives(watched: Project, receiver: Receiver) -> None:
    sent = watched.operate("alert-test")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    (told,) = until(lambda: receiver.of("Trial"), "a message")
    assert (told.summary, told.labels["stack"]) == ("this is a trial, and nothing is wrong", "dev")
    until(lambda: [each for each in receiver.of("Trial") if each.resolved], "that it is over")
    receiver.told.clear()
    receiver.messages = 0


def test_a_site_that_is_silent_is_told_once_and_once_more_when_it_is_back(
    watched: Project, dockerd: Dockerd, receiver: Receiver
) -> None:
    assert watched is not None
    container, began = dockerd.copy("n8n"), time.monotonic()
    # As a process that hangs: connections are taken, and nothing answers.
    dockerd.docker("pause", container)
    try:
        until(lambda: receiver.told, "a message")
        (told,) = receiver.told
        assert told.at - began < MOST_SECONDS
        assert (told.name, told.resolved) == ("SiteDown", False)
        assert told.summary.startswith(f"{SITE} is down: it ")
        assert told.summary.endswith("(service n8n)")
        assert told.help == "make status STACK=dev; make logs STACK=dev SERVICE=n8n SINCE=10m"
    finally:
        dockerd.docker("unpause", container)
    until(lambda: len(receiver.told) > 1, "a second message")
    assert [(each.name, each.resolved) for each in receiver.told] == [("SiteDown", False), ("SiteDown", True)]
    assert receiver.messages == 2


def test_a_rollout_is_not_told_and_a_second_run_changes_nothing(
    watched: Project, dockerd: Dockerd, receiver: Receiver
) -> None:
    receiver.told.clear()
    for number in range(3):
        watched.change("n8n", environment={"ROUND": str(number)})
        watched.bring_up()
    before = {found["Id"] for found in dockerd.containers()}
    plan = watched.pulumi("preview", "--expect-no-changes")
    assert plan.returncode == 0, plan.stdout + plan.stderr
    time.sleep(20)
    assert {found["Id"] for found in dockerd.containers()} == before
    assert [one.summary for one in receiver.told] == []


def test_a_container_that_ends_again_and_again_is_told_once(
    watched: Project, dockerd: Dockerd, receiver: Receiver
) -> None:
    receiver.told.clear()
    look(watched)
    figure = "query?query=smarter_net_container_restarts"
    until(lambda: (asked(dockerd, figure) or {}).get("result"), "what the host says is read")
    time.sleep(6)
    container = dockerd.copy("n8n")
    for times in range(1, 4):
        # 0 until it has been started again, and that would be the test itself.
        os.kill(until(lambda: state(dockerd, container)["State"]["Pid"], "it runs"), signal.SIGKILL)
        until(lambda: state(dockerd, container)["RestartCount"] == times, "Docker starts it again")  # noqa: B023
    began = time.monotonic()
    look(watched)
    (told,) = until(lambda: receiver.of("RestartLoop"), "a message")
    assert told.at - began < MOST_SECONDS
    assert told.summary == "n8n ends again and again: Docker has started it 3 times in ten minutes"
    assert told.help == "make logs STACK=dev SERVICE=n8n SINCE=15m"
    time.sleep(35)
    assert len(receiver.of("RestartLoop")) == 1
    assert {entry.name: state(dockerd, dockerd.copy(entry.name))["RestartCount"] for entry in WATCH} == {
        entry.name: 0 for entry in WATCH
    }


def look(project: Project) -> None:
    """As the timer does each minute, which is systemd's."""
    line = [sys.executable, "-I", "-S", str(project.root / "bin" / "rollout.pyz"), "facts"]
    subprocess.run(line, env=project.environment, check=True)


def state(dockerd: Dockerd, container: str) -> dict[str, Any]:
    """A container as Docker shows it."""
    (found,) = json.loads(dockerd.docker("inspect", container).stdout)
    return dict(found)


def test_all_four_take_little_memory(watched: Project, dockerd: Dockerd) -> None:
    assert watched is not None
    taken = {entry.name: resident(dockerd, entry.name) for entry in WATCH}
    print(taken)
    assert sum(taken.values()) <= MOST_MEBIBYTES, taken


def resident(dockerd: Dockerd, service: str) -> float:
    """What a service's processes have in memory, in MiB."""
    lines = dockerd.docker("top", dockerd.copy(service), "-o", "pid,rss").stdout.splitlines()[1:]
    return sum(int(line.split()[1]) for line in lines) / 1024
