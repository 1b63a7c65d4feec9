"""The operator's own stack files: each loads, is valid, and the editor's schema agrees. Nothing else is asked of them.

No other test may read them: `tests/conftest.py` sees to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from config.schema import schema
from config.values.errors import StackError
from tests.config.stacks import ROOT, topology_of

if TYPE_CHECKING:
    from pathlib import Path

OWN = sorted(ROOT.glob("Pulumi.*.yaml"))
OF_EACH = pytest.mark.parametrize("path", OWN, ids=[path.name for path in OWN])


@OF_EACH
def test_it_is_valid(path: Path) -> None:
    try:
        topology_of(path)
    except StackError as error:
        pytest.fail(f"{path.name}: {error}", pytrace=False)


@OF_EACH
def test_the_editors_schema_agrees(path: Path) -> None:
    found = jsonschema.Draft202012Validator(schema()).iter_errors(yaml.safe_load(path.read_text()))
    lines = [f"{path.name}: {error.json_path}: {error.message}" for error in found]
    assert not lines
