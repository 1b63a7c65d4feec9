"""Fetch and make what is not in the cache yet; the exit code is 1 if that failed."""

import sys

from tests.real.programs import ProgramError, fetch

try:
    fetch()
except ProgramError as error:
    sys.exit(f"real programs: {error}")
