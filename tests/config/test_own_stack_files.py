"""The operator's own stack files: each loads, is valid, and the editor's schema agrees. Nothing else is asked of them.

No other test may read them: `tests/conftest.py` sees to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from config.derive import derive
from config.errors import StackError
from config.load import read_stack_file
from config.needs import needs
from config.schema import schema
from config.secret import Secret
from config.settings import Settings
from tests.config.stacks import ROOT, STAND_INS

if TYPE_CHECKING:
    from pathlib import Path

OWN = sorted(ROOT.glob("Pulumi.*.yaml"))
OF_EACH = pytest.mark.parametrize("path", OWN, ids=[path.name for path in OWN])


@OF_EACH
def test_it_is_valid(path: Path) -> None:
    """Secrets that are not made yet are no mistake here: `make up` asks for them."""
    try:
        loaded = read_stack_file(path)
        settings = Settings.parse(loaded.raw)
        missing = {need.name: Secret.sealed("") for need in needs(settings, loaded.secrets)}
        derive(path.name.split(".")[1], settings, {**missing, **loaded.secrets}, STAND_INS)
    except StackError as error:
        pytest.fail(f"{path.name}: {error}", pytrace=False)


@OF_EACH
def test_the_editors_schema_agrees(path: Path) -> None:
    found = jsonschema.Draft202012Validator(schema()).iter_errors(yaml.safe_load(path.read_text()))
    lines = [f"{path.name}: {error.json_path}: {error.message}" for error in found]
    assert not lines
