"""What a rollout does to the copies of a service, step by step, without a Docker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from host.program.docker import PATIENCE, Docker
from host.program.errors import Failed
from host.program.names import NOWHERE
from host.program.rollout import Rollout
from host.program.tell import Tell
from host.program.watch import Watch
from tests.host.program.fake import Copy, FakeDocker, World, request

if TYPE_CHECKING:
    from pathlib import Path

ROLLING = {"order": "rolling"}


def roll_out(world: World, container: str = "b", **changed: object) -> list[str]:
    """Roll out; what was said."""
    said: list[str] = []
    try:
        Rollout(request(container, **changed), world.place, world.docker, world.clock, said.append).run()  # type: ignore[arg-type]
    except Failed as failure:
        said.append(f"failed: {failure}")
    return said


def history(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in (world.folder / "history.jsonl").read_text().splitlines()]


def left_over(world: World) -> list[str]:
    return [path.name for path in (world.folder / "run").iterdir()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, Copy("a"), Copy("b")).serve("a")


def test_recreate_never_runs_two(world: World) -> None:
    said = roll_out(world)
    assert said == [
        "n8n: holding requests, then stopping the old container", "n8n: starting n8n-b", "n8n: n8n-b serves",
    ]  # fmt: skip
    assert (world.serving(), world.pointed(), world.state.most) == (["b"], "b", 1)
    assert left_over(world) == []
    (line,) = history(world)
    assert line["previous"], line["outcome"] == ("a", "ok")
    assert line["settings"] == {"memory": "1GiB"}
    assert line["by"] == "tester@laptop"
    # Ready after one second, half a second more, and ten calls of Docker.
    assert line["held"] == 2


def test_rolling_starts_the_new_copy_first_and_stops_the_old_one_last(world: World) -> None:
    said = roll_out(world, **ROLLING)
    assert said == ["n8n: starting n8n-b beside the container that serves", "n8n: n8n-b serves"]
    assert (world.serving(), world.pointed(), world.state.most) == (["b"], "b", 2)
    assert history(world)[0]["held"] == 0


def test_the_first_copy_is_pointed_at_once_it_stayed_ready(tmp_path: Path) -> None:
    world = World(tmp_path, Copy("b"))
    assert roll_out(world) == ["n8n: starting n8n-b", "n8n: n8n-b serves"]
    assert (world.serving(), world.pointed(), history(world)[0]["previous"]) == (["b"], "b", "")


def test_requests_wait_while_what_was_stopped_is_started_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, Copy("b", dies_after=1))
    world.place.point("n8n", "n8n-a:5678")
    pointed, point = list[str](), world.place.point

    def noted(service: str, at: str) -> None:
        pointed.append(at)
        point(service, at)

    monkeypatch.setattr(world.place, "point", noted)
    *_, last = roll_out(world)
    assert "there was no old container to go back to" in last
    assert pointed == [NOWHERE, "n8n-a:5678"]
    assert left_over(world) == []


def test_what_serves_already_is_left_alone(world: World) -> None:
    assert roll_out(world, "a") == ["n8n: n8n-a already serves"]
    assert not [call for call in world.state.calls if call.startswith(("start", "stop"))]
    assert not (world.folder / "history.jsonl").exists()


@pytest.mark.parametrize("order", ["recreate", "rolling"])
@pytest.mark.parametrize(
    ("copy", "why"),
    [
        (Copy("b", never_ready="Connection reset by peer"), "not ready within 10 s: GET /healthz: wget: Connection re"),
        (Copy("b", start_fails="no such file"), "does not start: Error response from daemon: no such file"),
        (Copy("b", dies_after=0.5), "crashes, and Docker starts it again and again"),
        (Copy("b", dies_after=3), "crashes, and Docker starts it again and again"),
    ],
)
def test_a_copy_that_fails_leaves_the_old_one(world: World, order: str, copy: Copy, why: str) -> None:
    world.state.copies["b"] = copy
    *_, last = roll_out(world, order=order)
    assert last.startswith(f"failed: n8n: the new container {why}")
    then = "the old container serves again" if order == "recreate" else "the old container never stopped serving"
    assert last.endswith(then)
    assert (world.serving(), world.pointed()) == (["a"], "a")
    assert left_over(world) == []
    assert history(world)[0]["outcome"] == "failed"


def test_a_service_that_resets_connections_is_not_taken_for_a_daemon_that_is_gone(world: World) -> None:
    world.state.copies["b"] = Copy("b", never_ready="error getting response: Connection reset by peer")
    began = world.clock.now()
    roll_out(world)
    assert world.clock.now() - began < 20


def test_a_daemon_that_is_gone_for_a_while_is_waited_for(world: World) -> None:
    world.state.unreachable = 30
    assert roll_out(world)[-1] == "n8n: n8n-b serves"


def test_a_daemon_that_stays_away_is_waited_for_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(docker: FakeDocker, container: str, seconds: int) -> None:
        world.state.unreachable = 10_000
        Docker.stop(docker, container, seconds)

    monkeypatch.setattr(FakeDocker, "stop", gone)
    began = world.clock.now()
    *_, last = roll_out(world)
    assert "Cannot connect to the Docker daemon" in last
    assert PATIENCE <= world.clock.now() - began < PATIENCE + 10


def test_without_the_proxy_the_old_copy_is_pointed_at_all_the_same(world: World) -> None:
    # Found: the address stayed the one that leads nowhere, and with a proxy that came back requests were held for ever.
    world.state.proxy = False
    *_, last = roll_out(world, start=30)
    assert "the new container cannot be asked whether it is ready: caddy-proxy is not running" in last
    assert (world.serving(), world.pointed()) == (["a"], "a")


def test_an_old_copy_that_does_not_get_ready_again_is_pointed_at_all_the_same(world: World) -> None:
    world.state.copies["b"].never_ready = "no"
    world.state.copies["a"].ready_after = 50
    *_, last = roll_out(world)
    assert "the old container was started again and not ready within 10 s" in last
    assert (world.serving(), world.pointed()) == (["a"], "a")


def test_an_old_copy_that_cannot_be_stopped_stays_the_one_that_serves(world: World) -> None:
    world.copy("a").stubborn = True
    *_, last = roll_out(world)
    failed = "failed: n8n: the new container cannot be rolled out: Error response from daemon: cannot stop"
    assert last.startswith(failed)
    assert (world.serving(), world.pointed()) == (["a"], "a")


def test_a_new_copy_that_cannot_be_stopped_is_never_joined_by_the_old_one(world: World) -> None:
    world.copy("b").stubborn = True
    world.copy("b").never_ready = "no"
    *_, last = roll_out(world)
    assert "it cannot be stopped: Error response from daemon: cannot stop" in last
    assert (world.serving(), world.state.most) == (["b"], 1)


def test_a_rollout_that_was_cut_off_goes_back_to_the_copy_that_served(tmp_path: Path) -> None:
    # a served, b was started and not ready yet when all was cut off; now c is asked for, and fails.
    world = World(tmp_path, Copy("a"), Copy("b", running=True), Copy("c", never_ready="no"))
    world.place.point("n8n", NOWHERE)
    world.place.note_old("n8n", ["a"])
    *_, last = roll_out(world, "c")
    assert last.endswith("the old container serves again")
    assert (world.serving(), world.pointed(), world.state.most) == (["a"], "a", 1)


def test_a_copy_that_cannot_be_stopped_is_never_joined_by_the_one_to_go_back_to(tmp_path: Path) -> None:
    world = World(tmp_path, Copy("a"), Copy("b", running=True, stubborn=True), Copy("c"))
    world.place.point("n8n", NOWHERE)
    world.place.note_old("n8n", ["a"])
    *_, last = roll_out(world, "c")
    assert last.startswith("failed: n8n: ")
    assert (world.serving(), world.state.most) == (["b"], 1)


def test_a_container_that_is_gone_brings_back_what_was_stopped_for_it(tmp_path: Path) -> None:
    world = World(tmp_path, Copy("a"), Copy("b", removed=True))
    world.place.point("n8n", NOWHERE)
    world.place.note_old("n8n", ["a"])
    assert roll_out(world) == ["failed: n8n: its container is gone from the host; the next run makes it again"]
    assert (world.serving(), world.pointed()) == (["a"], "a")


def test_a_new_copy_that_is_pointed_at_and_fails_gives_way_to_the_old_one(world: World) -> None:
    # A rolling update that was cut off after the switch; the new container has failed since.
    world.serve("b")
    world.copy("b").never_ready = "no"
    *_, last = roll_out(world, **ROLLING)
    assert last.endswith("the old container serves again")
    assert (world.serving(), world.pointed()) == (["a"], "a")


def test_requests_that_are_open_are_waited_for_and_then_end(world: World) -> None:
    world.copy("a").busy_until = world.clock.now() + 3
    roll_out(world)
    assert history(world)[0]["held"] == 4
    world.copy("b").busy_until = world.clock.now() + 100
    said = roll_out(world, "a")
    assert "n8n: requests or streams are still open after 5 s; they end now" in said


def test_last_words_are_shown_and_a_first_start_that_was_cut_short_is_recognised(tmp_path: Path) -> None:
    world = World(tmp_path, Copy("b", never_ready="directory exists but is not empty", health=True, log=["x" * 70_000]))
    said = roll_out(world, readiness="", first_start_cut="exists but is not empty", way_out="remove it")
    assert said[-1] == (
        "failed: n8n: the new container will never be ready: its health check says directory exists but is not empty; "
        "there was no old container to go back to; remove it"
    )
    assert f"    | {'x' * 500} ..." in said


@pytest.mark.parametrize(("until", "serves"), [(3.0, "b"), (9.0, "a")])
def test_a_copy_may_miss_one_look_in_its_settle_time_but_not_two(world: World, until: float, serves: str) -> None:
    world.copy("b").away = (2.1, until)
    *_, last = roll_out(world)
    failed = "the new container was ready and then failed within its settle time of 2 s: wget: " in last
    assert failed == (serves == "a")
    assert world.pointed() == serves


def stays_ready(folder: Path, *, crash: float) -> tuple[str, float]:
    """Why a copy that crashes then did not stay ready, and when the last look at it was over, in seconds."""
    # It answers again at once: only Docker's count of restarts tells.
    world = World(folder, Copy("b", ready_after=0.1, dies_after=crash, back_after=0)).serve("b")
    world.copy("b").since = began = world.clock.now()
    copy = world.docker.find("b")
    assert copy is not None
    return Watch(request("b"), world.docker, world.clock, Tell()).stay_ready(copy), world.clock.now() - began


def test_a_crash_at_any_moment_of_the_settle_time_is_a_failure(tmp_path: Path) -> None:
    fine, ended = stays_ready(tmp_path / "fine", crash=100)
    assert not fine
    moments = [moment / 50 for moment in range(10, 150) if moment / 50 < ended]
    overlooked = [each for each in moments if not stays_ready(tmp_path / str(each), crash=each)[0]]
    assert (moments[-1] > 2, overlooked) == (True, [])


def test_a_log_that_says_that_it_only_looks_ready_is_a_failure(world: World) -> None:
    world.copy("b").log = ["fine", "Migration failed PostgresError: no"]
    *_, last = roll_out(world, failure="Migration failed")
    assert "the new container answers, but its log says: Migration failed PostgresError: no" in last
    assert world.pointed() == "a"


def test_what_is_started_may_have_2048_processes_and_threads(world: World) -> None:
    roll_out(world)
    assert world.copy("b").processes == 2048


def test_no_room_for_the_history_is_no_reason_to_fail(world: World) -> None:
    (world.folder / "history.jsonl").mkdir()
    said = roll_out(world)
    assert said[-1] == "n8n: n8n-b serves"
    assert any("cannot be written down" in line for line in said)
