"""Nothing to do: how long a run takes that changes nothing, and what takes that long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tools.bench.figures import Figure, Section
from tools.bench.measure import BenchError, checked, rounds
from tools.bench.rig import plain_up
from tools.bench.rollout import plain_pulumi

if TYPE_CHECKING:
    from tests.rig.project import Project
    from tools.bench.measure import Series
    from tools.bench.rig import Rig

PARTS = ("empty", "imports", "topology", "plugins")
"""Each holds what the one before it does; see programs/parts.py."""
SAYS = {
    "empty": "engine and language host, an empty program",
    "imports": "imports of our program (pulumi_docker, pulumi_command, components, config)",
    "topology": "stack file to topology",
    "plugins": "start of the docker and command plugins, one resource each",
    "all": "the stack's resources: registrations, checks, diffs",
}


def measure(rig: Rig) -> Section:
    """The no-op runs, in turn."""
    ours = rig.project()
    checked(ours.operate("up", "--yes"))
    topology = rig.topology(ours)
    empty = rig.project("empty")
    parts = {name: rig.project("parts", BENCH_PART=name) for name in PARTS}
    for project in (empty, *parts.values()):
        plain_up(project)
    plain_up(ours)
    count = 2 if rig.quick else 5
    found = rounds(
        count,
        {
            "floor": partial(plain_up, empty),
            "all": partial(_unchanged, ours),
            "pulumi preview": lambda: checked(ours.pulumi("preview")),
            "make up": lambda: checked(ours.operate("up", "--yes")),
            "make preview": lambda: checked(ours.operate("preview")),
            "make status": lambda: checked(ours.operate("status")),
            **{name: partial(plain_up, project) for name, project in parts.items()},
        },
    )
    rig.clean()
    # Its project is a stranger on the same host ports, so it has its turn alone.
    compose = rig.compose(topology)
    compose.up("--wait")
    peer = rounds(count, {"up": compose.up, "dry run": lambda: compose.up("--dry-run")})
    rig.clean()
    # So has this one.
    plain, _ = plain_pulumi(rig, "n8n")
    again = rounds(count, {"floor": partial(plain_up, empty), "up": partial(plain_up, plain)})
    rig.clean()
    return Section(
        "No-op: nothing to change, six containers",
        figures=[
            _figure("pulumi up --skip-preview", found["all"], peer["up"], found["floor"], "<= 1.5 of the floor"),
            _figure("pulumi preview", found["pulumi preview"], peer["dry run"], found["floor"]),
            _figure("make up", found["make up"], peer["up"], found["floor"]),
            _figure("make preview", found["make preview"], peer["dry run"], found["floor"]),
            _figure("make status", found["make status"], None, None),
            Figure(
                "plain pulumi-docker program, up",
                "s",
                again["up"],
                None,
                floor=again["floor"],
                floor_name="empty program",
            ),
        ],
        columns=("where the time of a no-op goes", "seconds", "share"),
        rows=_shares({**{name: found[name] for name in PARTS}, "all": found["all"]}),
        notes=[
            "The floor is the no-op `pulumi up --skip-preview` of an empty program.",
            "The plain program makes the same six containers without components, checks, rollouts or history.",
        ],
    )


def _figure(what: str, ours: Series, peer: Series | None, floor: Series | None, aim: str = "") -> Figure:
    return Figure(what, "s", ours, peer, floor=floor, floor_name="empty program" if floor else "", aim=aim)


def _shares(steps: dict[str, Series]) -> list[tuple[str | float | None, ...]]:
    total = steps["all"].median
    before = 0.0
    rows: list[tuple[str | float | None, ...]] = []
    for name, series in steps.items():
        rows.append((SAYS[name], series.median - before, f"{(series.median - before) / total:.0%}"))
        before = series.median
    return rows


def _unchanged(project: Project) -> None:
    done = checked(project.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs"))
    if "unchanged" not in done.stdout or "updated" in done.stdout or "created" in done.stdout:
        raise BenchError("the second `pulumi up` changes something: " + done.stdout[-300:])
