"""A rollout that fails, three times in a row: no request is lost, nothing is left over, and it says why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.rig.visitors.clients_at import REQUESTS_ONLY, load
from tests.rig.visitors.load import Kind

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

FAILURES = {
    "never ready": ({"NEVER_READY": "1"}, "not ready within 2 s"),
    "crash at start": ({"CRASH_AT_START": "7"}, "starts it again"),
    "dies within its settle time": ({"CRASH_AFTER": "2.5"}, "starts it again"),
    "unready within its settle time": ({"UNREADY_AFTER": "2.5"}, "failed within its settle time"),
    "wrong port": ({"WRONG_PORT": "9"}, "not ready within 2 s"),
    # A tenth of a second after it listens.
    "out of memory": ({"EAT_MEMORY": "1000"}, ""),
}
ON_EACH_DOCKER = {"never ready", "crash at start"}
ORDERS = ("smarteros-blogbowl", "n8n")


@pytest.fixture(autouse=True)
def _settled(deployed: Project) -> None:
    """Time limits that fit a test."""
    for service in ORDERS:
        deployed.change(service, environment={}, rollout={"start": "2s", "settle": "3s"})
    deployed.bring_up()


@pytest.mark.drawn(5)
@pytest.mark.parametrize("service", ORDERS)
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.matrix] if kind in ON_EACH_DOCKER else []) for kind in FAILURES]
)
def test_nobody_notices_a_copy_that(deployed: Project, dockerd: Dockerd, service: str, kind: str) -> None:
    environment, why = FAILURES[kind]
    serving = {copy["Id"] for copy in dockerd.copies(service)}
    deployed.change(service, environment=environment)
    with load(service, REQUESTS_ONLY) as outcome:
        results = [deployed.operate("up") for _ in range(3 if kind == "never ready" else 1)]
    for result in results:
        last = result.stderr.strip().splitlines()[-1]
        assert result.returncode
        assert last.startswith(f"error: {service}: the new container ")
        assert why in last
        assert "Traceback" not in result.stdout + result.stderr
    lost = outcome.failures
    if service == "n8n" and kind == "dies within its settle time":
        # No other container could answer: what it was answering as it died is lost, and a POST is not sent twice.
        lost = [failure for failure in lost if failure.kind is not Kind.POST]
        assert len(outcome.failures) - len(lost) <= REQUESTS_ONLY[Kind.POST], outcome.summary()
    assert not lost, outcome.summary()
    running = {copy["Id"] for copy in dockerd.copies(service) if copy["State"]["Running"]}
    assert running == serving
    # The copy that failed is stopped and kept for the next try: one of it, not one more at each try.
    assert len(dockerd.copies(service)) <= len(serving) + 1


def test_a_migration_that_fails_is_a_failed_rollout_though_the_server_answers(
    deployed: Project, dockerd: Dockerd
) -> None:
    """As Dokploy's source has it: the failure goes to the log, and the server starts all the same."""
    serving = dockerd.copy("dokploy")
    deployed.change("dokploy", environment={"MIGRATION_FAILS": "1"})
    result = deployed.operate("up")
    assert result.returncode
    last = result.stderr.strip().splitlines()[-1]
    failed = "error: dokploy: the new container answers, but its log says: Migration failed PostgresError: "
    assert last.startswith(failed)
    assert "the old container serves again" in last
    assert dockerd.running()["dokploy"] == 1
    assert serving in {copy["Id"] for copy in dockerd.copies("dokploy") if copy["State"]["Running"]}
    deployed.change("dokploy", environment={})
    deployed.bring_up()


def test_an_image_that_is_missing_changes_nothing(deployed: Project, dockerd: Dockerd) -> None:
    service = "smarteros-blogbowl"
    serving = dockerd.copy(service)
    deployed.change(service, image="smarter-net/no-such-image:1")
    with load(service, REQUESTS_ONLY) as outcome:
        result = deployed.operate("up")
    assert result.returncode
    assert service in result.stderr.strip().splitlines()[-1]
    assert not outcome.failures, outcome.summary()
    assert dockerd.copy(service) == serving
    config = deployed.read()["config"]
    del config["smarter-net:services"][service]["image"]
    deployed.write(config)
    deployed.bring_up()


def test_one_failure_takes_no_other_service_down_and_the_next_run_goes_on(deployed: Project, dockerd: Dockerd) -> None:
    deployed.change("n8n", environment={"NEVER_READY": "1"})
    deployed.change("smarteros-blogbowl", environment={"GOOD": "1"})
    with load("smarteros-blogbowl", REQUESTS_ONLY) as site, load("n8n", REQUESTS_ONLY) as automation:
        assert deployed.operate("up").returncode
        status = deployed.operate("status")
        assert re.search(r"n8n: release \w+ serves, the stack file asks for \w+; its rollout failed at", status.stdout)
        assert "smarteros-blogbowl: release" not in status.stdout
        assert status.returncode == 0, "everything serves"
        deployed.change("n8n", environment={"GOOD": "1"})
        result = deployed.operate("up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert not site.failures, site.summary()
    assert not automation.failures, automation.summary()
    assert set(dockerd.running().values()) == {1}
    assert all(copy["State"]["Running"] for copy in dockerd.containers())
