"""`make deploy` with images built on this machine, `restart`, `stop`, `start`: what visitors, file and data notice."""

from __future__ import annotations

import platform
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.rig.visitors.browser import https, visits
from tests.rig.visitors.clients_at import REQUESTS_ONLY, load
from tools.images import parts, recipes, references
from tools.images.archive import write
from tools.images.contract import contracts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

pytestmark = pytest.mark.drawn(3, "days", whole=True)
SERVICE = "smarteros-blogbowl"
API = "api.smarterbot.localhost"
CONTRACT = contracts()[SERVICE]


def build(dockerd: Dockerd, folder: Path, name: str, **environment: str) -> None:
    """An image that says what its contract says, with variables of its own."""
    architecture = "arm64" if platform.machine() in {"aarch64", "arm64"} else "amd64"
    contract = replace(CONTRACT, environment={**CONTRACT.environment, **environment})
    archive = folder / "built.tar"
    write([recipes.of_contract(name, parts.program(architecture), contract)], architecture, archive, folder)
    dockerd.docker("load", "--quiet", "--input", str(archive))


def running(dockerd: Dockerd) -> list[str]:
    return [found["Id"] for found in dockerd.copies(SERVICE) if found["State"]["Running"]]


def test_a_new_image_serves_and_one_that_does_not_start_changes_nothing(
    deployed: Project, dockerd: Dockerd, tmp_path: Path
) -> None:
    file = deployed.folder / "Pulumi.dev.yaml"
    dockerd.docker("tag", references().standins[SERVICE], "blog:2")
    build(dockerd, tmp_path, "blog:3", CRASH_AT_START="7")
    with load(SERVICE, REQUESTS_ONLY) as outcome:
        done = deployed.operate("deploy", SERVICE, "blog:2", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        text = file.read_bytes()
        serving = running(dockerd)
        failed = deployed.operate("deploy", SERVICE, "blog:3", "--yes")
    assert deployed.read()["config"]["smarter-net:services"][SERVICE] == {"image": "blog:2"}
    assert f"{SERVICE}: rolling update: no interruption" in done.stdout
    assert "besides" not in done.stdout
    assert failed.returncode
    assert failed.stderr.splitlines()[-1].startswith(f"error: {SERVICE}: the new container ")
    assert failed.stdout.endswith("Pulumi.dev.yaml is as it was before.\n")
    assert file.read_bytes() == text
    assert running(dockerd) == serving
    assert not outcome.failures, outcome.summary()
    # The container that failed is kept for the next try.
    deployed.bring_up()


def test_a_restart_is_a_rollout_of_the_same_release(deployed: Project, dockerd: Dockerd) -> None:
    before = dockerd.copy(SERVICE)
    others = {found["Id"] for found in dockerd.containers()} - {found["Id"] for found in dockerd.copies(SERVICE)}
    with load(SERVICE, REQUESTS_ONLY) as outcome:
        done = deployed.operate("restart", SERVICE, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"~ {SERVICE}: is recreated, with the same settings\n" in done.stdout
    assert f"{SERVICE}: rolling update: no interruption" in done.stdout
    assert "besides" not in done.stdout
    assert dockerd.copy(SERVICE) != before
    assert {found["Id"] for found in dockerd.containers()} - others == {
        found["Id"] for found in dockerd.copies(SERVICE)
    }
    assert not outcome.failures, outcome.summary()
    assert deployed.operate("drift").returncode == 0


def test_a_stopped_service_stays_so_until_it_is_started_with_its_data(deployed: Project, dockerd: Dockerd) -> None:
    file = deployed.folder / "Pulumi.dev.yaml"
    text = file.read_bytes()
    seen = visits(API)
    stopped = deployed.operate("stop", "n8n", "--yes")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert "n8n: stopped and its container removed, its sites answer 503; its volumes stay" in stopped.stdout
    assert "volume" not in stopped.stdout.split("What visitors notice")[0].split("What changes")[1]
    assert "besides" not in stopped.stdout
    again = deployed.operate("up", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "n8n: stopped, as Pulumi.dev.yaml says; `make start SERVICE=n8n` starts it\n" in again.stdout
    assert "dev: nothing to change.\n" in again.stdout
    assert not dockerd.copies("n8n")
    answer = https(API)
    assert (answer.status, answer.headers["retry-after"]) == (503, "600")
    assert deployed.operate("drift").returncode == 0
    started = deployed.operate("start", "n8n", "--yes")
    assert started.returncode == 0, started.stdout + started.stderr
    assert visits(API) == seen + 1
    assert file.read_bytes() == text
