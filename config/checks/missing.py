"""The error of a secret that is used and is not there."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from config.values.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.values.secret import Secret

SECRET_COMMAND = "pulumi config set --secret secret:"  # noqa: S105 - a command without a value


def missing(name: str, reason: str, secrets: Mapping[str, Secret]) -> StackError:
    """Return the error; names the secret that may be meant."""
    near = difflib.get_close_matches(name, secrets, n=1, cutoff=0.8)
    meant = f" (is secret:{near[0]} meant?)" if near else ""
    cure = f"run `make secrets`, or `{SECRET_COMMAND}{name}`{meant}"
    return StackError(f"secret:{name}", f"is missing{reason}", cure)
