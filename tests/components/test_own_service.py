"""A service of the stack file's own: its container has what every other one has, and no more than it says."""

from __future__ import annotations

from typing import Any

import pytest

from host.names import COMMAND, CONTAINER, IMAGE, VOLUME
from host.program.request import Request
from tests.components.recording import Recording, Registration, record
from tests.config.stacks import raw

OWN: dict[str, Any] = {
    "image": "forge/forge:1.25.2",
    "port": 3300,
    "health": {"readiness": "/api/healthz"},
    "volumes": {"data": "/data"},
    "memory": "256MiB",
}
SAME = (
    "restart", "capabilities", "securityOpts", "logDriver", "logOpts", "init", "start", "mustRun", "networksAdvanced",
)  # fmt: skip
"""What a container of the catalog's has, with no rights of its own, too."""


def with_own(**changes: Any) -> Recording:  # noqa: ANN401 - whatever a stack file says
    settings = raw("dev")
    settings["services"]["forge"] = OWN | {key.replace("_", "-"): value for key, value in changes.items()}
    settings["sites"].append({"host": "git.smarterbot.localhost", "service": "forge"})
    return record("dev", settings)


@pytest.fixture(scope="module")
def whole() -> Recording:
    return with_own()


@pytest.fixture(scope="module")
def own(whole: Recording) -> Registration:
    return whole.of(CONTAINER)["forge"]


def test_it_has_the_safety_profile_of_the_others(whole: Recording, own: Registration) -> None:
    other = whole.of(CONTAINER)["smarteros-blogbowl"]
    assert {key: own.inputs[key] for key in SAME} == {key: other.inputs[key] for key in SAME}
    assert own.inputs["memory"] == own.inputs["memorySwap"] == 256
    assert own.inputs["stopTimeout"] == own.inputs["destroyGraceSeconds"] == 30
    assert own.request.deleteBeforeReplaceDefined
    assert not own.request.deleteBeforeReplace
    assert {"ports", "privileged", "user", "healthcheck"}.isdisjoint(own.inputs)
    labels = {entry["label"]: entry["value"] for entry in own.inputs["labels"]}
    assert (labels["smarter-net.stack"], labels["smarter-net.service"]) == ("dev", "forge")


def test_its_data_and_its_image_are_kept_and_its_rollout_asks_its_path_on_its_port(
    whole: Recording, own: Registration
) -> None:
    assert own.inputs["volumes"] == [{"volumeName": "smarter-net-forge-data", "containerPath": "/data"}]
    assert whole.of(VOLUME)["smarter-net-forge-data"].request.retainOnDelete
    assert whole.of(IMAGE)["forge-image"].inputs["keepLocally"]
    asked = Request.parse(str(whole.of(COMMAND)["forge-rollout"].inputs["stdin"]))
    assert (asked.port, asked.readiness, asked.order) == (3300, "/api/healthz", "recreate")


def test_it_gets_the_rights_to_become_its_own_user_where_it_says_so_and_its_health_check() -> None:
    found = with_own(steps_down=True, health={"readiness": "/", "command": ["true"]}).of(CONTAINER)["forge"].inputs
    assert found["capabilities"] == {
        "drops": ["ALL"],
        "adds": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"],
    }
    assert found["healthcheck"]["tests"] == ["CMD", "true"]
