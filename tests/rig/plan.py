"""What a run of the engine would do or has done, as the engine itself says it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from tests.rig.project import Project

DONE = re.compile(r"^    ([-+~]*) ?(\d+) (created|updated|replaced|deleted|unchanged|changed)", re.MULTILINE)


def planned(project: Project, *options: str) -> dict[str, str]:
    """Each resource that `pulumi preview` would touch, by its name, and how."""
    result = project.pulumi("preview", "--json", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    steps = json.loads(result.stdout)["steps"]
    touched: dict[str, str] = {}
    for step in steps:
        if step["op"] not in {"same", "refresh", "read"}:
            name = step["urn"].rsplit("::", 1)[1]
            # One replacement is up to three steps.
            touched[name] = "replace" if "replace" in step["op"] else step["op"]
    return touched


def done(result: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """The figures of a run's last summary: created, updated, replaced, deleted, unchanged."""
    summary = result.stdout.rsplit("Resources:", 1)[-1]
    return {what: int(count) for _, count, what in DONE.findall(summary)}


def unchanged(result: subprocess.CompletedProcess[str]) -> bool:
    """Whether the run ended well and changed nothing."""
    return result.returncode == 0 and set(done(result)) == {"unchanged"}


def at_rest(project: Project) -> bool:
    """Whether the next `up` would find nothing to do, neither by the plan nor on the host."""
    result = project.operate("preview")
    assert "•" not in result.stdout, result.stdout
    assert unchanged(result), result.stdout
    return True
