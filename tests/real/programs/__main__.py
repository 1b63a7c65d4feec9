"""Fetch and make what is not in the cache yet; the exit code is 1 if that failed."""

import sys

from tests.real.n8n_image import n8n_images
from tests.real.programs import ProgramError, next_site

try:
    next_site()
    n8n_images()
except ProgramError as error:
    sys.exit(f"real programs: {error}")
