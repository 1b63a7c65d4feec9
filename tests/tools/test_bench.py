"""Each section that `make bench` names is there to be measured; what it finds is not asked here."""

from __future__ import annotations

import pytest

from tools.bench.__main__ import SECTIONS, measuring


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_can_be_measured(name: str) -> None:
    assert callable(measuring(name))
