"""`make env`: what a plain `pulumi` needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operate.stack import Stack


def env(stack: Stack) -> int:
    """Print what a plain `pulumi` needs, for `eval`."""
    for key in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_PARALLEL"):
        if key in stack.environment and key not in os.environ:
            print(f"export {key}='{stack.environment[key]}'")
    return 0
