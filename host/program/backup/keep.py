"""Which backups are kept: restic's own rule decides it for their last snapshots, and the others go with them.

Snapshots of a run that never got whole, and of a first pass, go with the next one that is over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .listing import WHOLE, tag, whole
from .parts import FIRST_PASS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .restic import Restic


def remove_old(restic: Restic, stack: str, keep: Mapping[str, int]) -> int:
    """Remove what is not kept any more; how many whole backups that were. Failed if the key may not remove."""
    rule = [word for name, number in sorted(keep.items()) if number > 0 for word in (f"--keep-{name}", str(number))]
    if not rule:
        return 0
    asked = ("forget", "--dry-run", "--json", "--host", stack, "--tag", WHOLE, "--group-by", "host")
    groups = json.loads(restic.must(*asked, *rule) or b"[]")
    over = {tag(each, "run") for group in groups for each in group.get("remove") or ()}
    if not over:
        return 0
    snapshots = restic.snapshots()
    gone = [each["id"] for each in snapshots if _goes(each, over, {backup.run for backup in whole(snapshots)})]
    if gone:
        # Only of processes that are gone: a killed run leaves its own.
        restic.run("unlock")
        restic.must("forget", "--prune", *gone)
    return len(over)


def _goes(snapshot: Mapping[str, Any], over: set[str], good: set[str]) -> bool:
    run = tag(dict(snapshot), "run")
    if run in over or FIRST_PASS in snapshot["tags"]:
        return True
    # The newest whole one is the one that was just made: what is older and not whole was cut short.
    return run not in good and bool(good) and run < max(good)
