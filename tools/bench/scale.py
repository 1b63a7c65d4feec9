"""The same with more services than one stack has: what grows, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.bench.figures import Section
from tools.bench.measure import BenchError, seconds
from tools.bench.memory import watch_compose, watch_pulumi
from tools.bench.rig import wait_for_sites
from tools.bench.topology import synthetic

if TYPE_CHECKING:
    from tools.bench.rig import Rig

Cells = tuple[str | float | None, ...]
COLUMNS = (
    "services", "cold up, s", "s/service", "Compose --wait, s", "s/service", "ours/Compose", "no-op up, s",
    "Compose no-op, s", "preview, s", "peak MiB cold", "peak MiB no-op", "Compose peak MiB",
)  # fmt: skip


def measure(rig: Rig) -> Section:
    """Each size once cold, then its no-op and its preview."""
    sizes = (5, 20) if rig.quick else (5, 20, 50, 100)
    rows: list[Cells] = []
    failed: list[str] = []
    for count in sizes:
        try:
            rows.append(_size(rig, count))
        except BenchError as error:
            failed.append(f"{count} services: {error}")
            break
    columns = tuple(f"Compose {name}" if at == 4 else name for at, name in enumerate(COLUMNS))  # noqa: PLR2004
    return Section(
        "More services (ours: pulumi up --skip-preview)",
        columns=columns,
        rows=rows,
        notes=[*failed, *(_growth(rows, sizes, column, columns[column]) for column in (1, 3, 6, 8))],
    )


def _size(rig: Rig, count: int) -> Cells:
    rig.clean()
    ours = rig.project("synthetic", BENCH_SERVICES=str(count))
    topology = synthetic(rig.topology(ours), count)
    cold = watch_pulumi(ours)
    answered = seconds(lambda: wait_for_sites(topology))
    noop = watch_pulumi(ours)
    preview = watch_pulumi(ours, "preview")
    rig.clean()
    compose = rig.compose(topology)
    peer = watch_compose(compose, "--wait")
    peer_answered = seconds(lambda: wait_for_sites(topology))
    peer_noop = watch_compose(compose)
    rig.clean()
    ours_cold, peer_cold = cold.seconds + answered, peer.seconds + peer_answered
    return (
        float(count), ours_cold, ours_cold / count, peer_cold, peer_cold / count, ours_cold / peer_cold, noop.seconds,
        peer_noop.seconds, preview.seconds, cold.mebibytes, noop.mebibytes, peer.mebibytes,
    )  # fmt: skip


def _growth(rows: list[Cells], sizes: tuple[int, ...], column: int, name: str) -> str:
    """What one more service costs, between each two sizes: linear growth is one figure throughout."""
    values = [float(row[column] or 0) for row in rows]
    steps = [
        f"{(values[at + 1] - values[at]) / (sizes[at + 1] - sizes[at]):.2f} from {sizes[at]} to {sizes[at + 1]}"
        for at in range(len(rows) - 1)
    ]
    return f"{name}: seconds for one more service: " + ", ".join(steps)
