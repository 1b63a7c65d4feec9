"""`make down`: the containers and the network are removed; the data stays."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from operate.inspect import deployed_on, elsewhere
from operate.prepare import prepare
from operate.terminal import agreed, console

if TYPE_CHECKING:
    from operate.stack import Stack

ADVICE = re.compile(rb"The resources in the stack have been deleted, but .*?pulumi stack rm [^\n]*\r?\n", re.DOTALL)
"""What Pulumi says after a `destroy`. To follow it would leave volumes that no state knows."""


def down(stack: Stack, *, yes: bool) -> int:
    """Remove the containers and the network. The data stays."""
    engine, daemon = prepare(stack, images=False)
    elsewhere.refuse(engine.state(), stack, daemon)
    if not (yes or not sys.stdin.isatty()):
        planned = engine.run("destroy", "--preview-only", "--suppress-outputs")
        if planned.code:
            return planned.code
        if planned.operations and not agreed(f"Remove all of this from {stack.name}?"):
            console.print("Nothing was changed.")
            return 1
    code = engine.run("destroy", "--yes", "--skip-preview", "--suppress-outputs", without=ADVICE).code
    if not code and daemon.identity:
        deployed_on.drop(stack.root)
    kept = daemon.volumes()
    if not code and kept:
        console.print(f"The data is kept: volumes {', '.join(kept)}. `make delete-data` removes it.")
    return code
