"""The README's picture is the production stack's own topology."""

from __future__ import annotations

import os
from xml.etree import ElementTree as ET

from config.render.picture import draw
from tests.config.stacks import ROOT, topology

PICTURE = ROOT / "docs" / "topology.svg"


def test_the_picture_is_in_step_with_the_model() -> None:
    """`GOLDEN=write pytest …` draws it again."""
    drawn = draw(topology("prod"))
    if os.environ.get("GOLDEN") == "write":
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn


def test_the_picture_is_xml_and_names_every_site_and_service() -> None:
    stack = topology("prod")
    text = "".join(ET.fromstring(draw(stack)).itertext())
    for name in [*(str(site.host) for site in stack.sites), *(service.name for service in stack.services)]:
        assert name in text
