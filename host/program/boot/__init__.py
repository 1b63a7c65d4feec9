"""What the host does by itself: at its start, and at a time of the day."""

from __future__ import annotations
