"""From images present and nothing running to all healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.bench.figures import Figure, Section
from tools.bench.measure import Series, checked, seconds
from tools.bench.rig import plain_up, wait_for_sites

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.bench.rig import Rig


def measure(rig: Rig) -> Section:
    """Ours, by `make up` and by plain `pulumi up`; Compose, waiting for health and not."""
    names = (
        "pulumi",
        "pulumi sites",
        "make",
        "make sites",
        "compose wait",
        "compose wait sites",
        "compose",
        "compose sites",
    )
    found = {name: Series() for name in names}
    topology = rig.topology(rig.project())

    def once(name: str, up: Callable[[], object]) -> None:
        rig.clean()
        taken = seconds(up)
        found[name].values.append(taken)
        found[f"{name} sites"].values.append(taken + seconds(lambda: wait_for_sites(topology)))

    for _ in range(1 if rig.quick else 3):
        ours, made = rig.project(), rig.project()
        once("pulumi", lambda ours=ours: plain_up(ours))  # type: ignore[misc]
        once("make", lambda made=made: checked(made.operate("up", "--yes")))  # type: ignore[misc]
        compose = rig.compose(topology)
        once("compose wait", lambda compose=compose: compose.up("--wait"))  # type: ignore[misc]
        once("compose", lambda compose=compose: compose.up())  # type: ignore[misc]
    rig.clean()
    settle = max(service.rollout.settle.seconds for service in topology.running)
    return Section(
        "Cold up: images present, nothing running, six containers",
        figures=[
            Figure("pulumi up, to its end", "s", found["pulumi"], found["compose wait"], "Compose --wait"),
            Figure("pulumi up, to all sites answer", "s", found["pulumi sites"], found["compose sites"]),
            Figure("make up, to its end", "s", found["make"], found["compose wait"], "Compose --wait"),
            Figure("make up, to all sites answer", "s", found["make sites"], found["compose sites"]),
        ],
        notes=[
            f"Ours ends when each copy has stayed ready for its settle time ({settle:g} s for a stand-in).",
            "Compose has the same health commands, each second, and a Caddyfile with all that our config does.",
            "`--wait` waits for health; without it the sites answer as soon as the containers run.",
        ],
    )
