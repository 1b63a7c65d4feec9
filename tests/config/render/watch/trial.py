"""The production stack's rules, tried by promtool."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from config.render.watch.rules import PATH
from tests.config.render.watch.stacks import texts, watched
from tests.rig.watch_programs import program

if TYPE_CHECKING:
    from pathlib import Path

    from config.topology.model import Topology


Case = tuple[str, str, "dict[str, str] | None", str, str]
"""A time, a rule, and labels, summary and help of what is told then; None: nothing is."""


def tried(
    folder: Path, figures: dict[str, str], *cases: Case, topology: Topology | None = None, step: str = "30s"
) -> None:
    """Let promtool try them on these figures, each with its values `step` apart."""
    (folder / "rules.yml").write_text(texts(topology or watched(), "prometheus")[PATH])
    told: list[dict[str, Any]] = []
    for time, rule, labels, summary, help_ in cases:
        annotations = {"summary": summary, "help": help_}
        expected = [] if labels is None else [{"exp_labels": labels, "exp_annotations": annotations}]
        told.append({"eval_time": time, "alertname": rule, "exp_alerts": expected})
    series = [{"series": name, "values": values} for name, values in figures.items()]
    test = {"rule_files": ["rules.yml"], "evaluation_interval": step,
            "tests": [{"interval": step, "input_series": series, "alert_rule_test": told}]}  # fmt: skip
    (folder / "test.yml").write_text(json.dumps(test))
    done = subprocess.run(
        [program("promtool"), "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
