"""Kills a rollout with SIGKILL before each thing that it does to the host, and then lets it be taken up.

    python -m tests.host.program.killed FOLDER SCENARIO

Prints a line of JSON for each moment: what was left, and what is there once it was taken up.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from host.program.boot.resume import resume
from host.program.errors import Failed
from host.program.release import roll_out
from host.program.tell import Tell
from tests.host.program.fake import Copy, World, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCENARIOS = {
    "recreate": ("recreate", Copy("b")),
    "recreate that fails": ("recreate", Copy("b", never_ready="no")),
    "recreate that fails late": ("recreate", Copy("b", dies_after=2.5)),
    "rolling": ("rolling", Copy("b")),
    "rolling that fails": ("rolling", Copy("b", never_ready="no")),
}
ORDER: dict[str, object] = {"start": 2, "settle": 2, "drain": 0}


def begun(folder: Path, copy: Copy) -> World:
    """A host where a serves, and b is to."""
    folder.mkdir()
    return World(folder, Copy("a"), copy, Copy("c")).serve("a")


def in_a_process(work: Callable[[], None]) -> int:
    """The signal that a process was ended by; 0 if by none."""
    child = os.fork()
    if not child:
        with suppress(Failed):
            work()
        os._exit(0)
    return os.waitpid(child, 0)[1] & 127


def rolls_out(world: World, container: str, order: str) -> Callable[[], None]:
    asked = request(container, order=order, **ORDER)
    return lambda: roll_out(asked, world.place, world.docker, world.clock, Tell())


def found(world: World) -> dict[str, object]:
    """What there is on the host now."""
    world.load()
    left = sorted(path.name for path in (world.folder / "run").iterdir() if path.suffix != ".lock")
    ready = [copy.id for copy in world.state.copies.values() if copy.ready(world.state.now)]
    return {
        "running": world.serving(), "ready": ready, "pointed": world.pointed(), "most": world.state.most, "left": left,
    }  # fmt: skip


def moments(folder: Path, scenario: str) -> Iterator[dict[str, object]]:
    """Each of them, and each way to take it up."""
    order, copy = SCENARIOS[scenario]
    takers: dict[str, Callable[[World], Callable[[], None]]] = {
        "the same": lambda world: rolls_out(world, "b", order),
        "another": lambda world: rolls_out(world, "c", order),
        "restart": lambda world: lambda: resume(world.place, world.docker, world.clock),
    }
    for step in range(1, 1000):
        for taker, take_up in takers.items():
            world = begun(folder / f"{step}-{taker}", Copy(**copy.__dict__))
            world.kill = step
            if not in_a_process(rolls_out(world, "b", order)):
                return
            left = found(world)
            world.kill = 0
            ended_by = in_a_process(take_up(world))
            yield {"step": step, "taker": taker, "before": left, "ended by": ended_by, **found(world)}


if __name__ == "__main__":
    for moment in moments(Path(sys.argv[1]), sys.argv[2]):
        print(json.dumps(moment))
