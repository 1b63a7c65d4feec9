"""`python -m tools.bench [SECTION...]`, in the namespaces that tools/bench/run makes."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from host.errors import OperatorError
from tools.bench.figures import markdown, rich_tables
from tools.bench.measure import BenchError, run
from tools.bench.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.bench.figures import Section

SECTIONS = ("noop", "cold", "memory", "scale", "proxy", "rollout", "edge")
RESULTS = Path(__file__).parent / "results"
console = Console(highlight=False, width=None if sys.stdout.isatty() else 170)


def main(wanted: list[str]) -> int:
    """Measure the sections; what fails is said and leaves the others their figures."""
    unknown = set(wanted) - set(SECTIONS)
    if unknown:
        console.print(f"bench: unknown section {', '.join(sorted(unknown))}; known are {', '.join(SECTIONS)}")
        return 2
    quick = bool(os.environ.get("BENCH_QUICK"))
    failures: list[str] = []
    with Rig(quick=quick) as rig:
        for name in wanted or SECTIONS:
            began = time.monotonic()
            try:
                section = measuring(name)(rig)
            except (BenchError, OperatorError) as error:
                failures.append(f"{name}: {error}")
                console.print(f"[red]{failures[-1]}[/red]", markup=True)
                rig.clean()
                continue
            _write(name, _facts(rig, quick=quick, seconds=time.monotonic() - began), section)
            for table in rich_tables(section):
                console.print(table)
            for note in section.notes:
                console.print(f"  {note}", style="dim")
            console.print(f"  ({name}: {time.monotonic() - began:.0f} s)", style="dim")
    console.print("what was measured is in tools/bench/results/, a table and its figures for each section")
    return 1 if failures else 0


def measuring(name: str) -> Callable[[Rig], Section]:
    """What measures that section."""
    measure: Callable[[Rig], Section] = import_module(f"tools.bench.{name}").measure
    return measure


def _facts(rig: Rig, *, quick: bool, seconds: float) -> dict[str, Any]:
    """What the figures hold for: this machine, these versions."""
    environment = dict(os.environ)
    here = Path.cwd()
    versions = {
        "pulumi": run(["pulumi", "version"], folder=here, environment=environment).stdout.strip(),
        "python": platform.python_version(),
        "dockerd": rig.dockerd.docker("version", "--format", "{{.Server.Version}}").stdout.strip(),
        "docker": rig.dockerd.docker("version", "--format", "{{.Client.Version}}").stdout.strip(),
        "compose": Path(os.environ["COMPOSE_BIN"]).parent.name.removeprefix("compose-"),
    }
    return {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "seconds": round(seconds),
        "processors": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "versions": versions,
    }


def _write(name: str, facts: dict[str, Any], section: Section) -> None:
    """Keep one section as soon as it is measured: a long run that is cut off has lost nothing that came before."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({**facts, **section.json()}, indent=2) + "\n")
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    foot = (
        f"\nTaken {facts['taken']} on {facts['processors']} processors in {facts['seconds']} s"
        f"{' (quick form)' if facts['quick'] else ''}; {versions}.\n"
        f"Medians; ratios are of this run. `tools/bench/run {name}` writes this page.\n"
    )
    (RESULTS / f"{name}.md").write_text(markdown(section) + foot)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
