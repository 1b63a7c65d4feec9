"""What a plan means for visitors, from the engine's operations alone."""

from __future__ import annotations

from host.names import CONTAINER
from operate.engine.visitors import interruptions
from tests.config.stacks import REMOVED, Patch, topology

WITHOUT: Patch = {"sites/2": REMOVED, "services/metabase": REMOVED}
PLANNED: Patch = {"services/metabase": {"enabled": False}}
GOES = {(CONTAINER, "metabase"): {"delete"}}


def test_a_service_that_is_taken_out_of_the_file_is_said_to_go_and_its_data_to_stay() -> None:
    (line,) = interruptions(GOES, topology("dev", WITHOUT), [])
    assert line == ("metabase", "stopped and its container removed, the stack file does not name it; its volumes stay")


def test_a_service_that_becomes_planned_is_said_to_answer_503() -> None:
    ((name, what),) = interruptions(GOES, topology("dev", PLANNED), [])
    assert (name, "its sites answer 503" in what) == ("metabase", True)


def test_the_end_of_a_rollout_is_no_end_of_a_service() -> None:
    replaced = {(CONTAINER, "metabase"): {"create-replacement", "replace", "delete-replaced"}}
    assert interruptions(replaced, topology("dev"), []) == []
