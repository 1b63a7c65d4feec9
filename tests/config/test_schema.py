"""The editor's schema and Pulumi's own say what the model says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from config.schema import PATH, schema, text
from config.stackfile.read import TEXT_KEYS, read_stack_file
from config.stackfile.settings import Settings
from tests.config.stacks import ROOT, STACKS
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return yaml.safe_load(path.read_text())


def dev() -> Any:  # noqa: ANN401 - as above
    return load(STACK_FILES / "Pulumi.dev.yaml")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def test_the_written_schema_is_the_models() -> None:
    assert PATH.read_text() == text(), "run `python -m config.schema`"


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_file_is_right_and_shows_its_schema(stack: str, validator: jsonschema.Draft202012Validator) -> None:
    path = STACK_FILES / f"Pulumi.{stack}.yaml"
    first_line = path.read_text().splitlines()[0]
    assert first_line == f"# yaml-language-server: $schema=../../{PATH.relative_to(ROOT)}"
    validator.validate(load(path))


@pytest.mark.parametrize(
    "change",
    [
        {"smarter-net:sties": []},
        {"smarter-net:sites": {}},
        {"smarter-net:images": "none"},
        {"smarter-net:proxy": {"http_port": 80}},
        {"smarter-net:proxy": {"http-port": 0}},
        {"smarter-net:host": {"connection": "ssh"}},
        {"smarter-net:services": {"n8n": {"memory": "512"}}},
        {"smarter-net:services": {"n8n": {"rollout": {"stop": "30"}}}},
        {"secret:a": "in clear text"},
        {"sites": []},
    ],
)
def test_an_editor_sees_what_is_wrong(change: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    stack = dev()
    stack["config"] |= change
    assert not validator.is_valid(stack)


def test_an_editor_leaves_pulumis_own_keys_alone(validator: jsonschema.Draft202012Validator) -> None:
    stack = dev()
    stack |= {"encryptionsalt": "v1:x", "secretsprovider": "passphrase", "environment": ["x"]}
    stack["config"] |= {"docker:host": "x", "pulumi:tags": {}, "secret:a": {"secure": "v1:x"}}
    assert validator.is_valid(stack)


def test_every_field_is_described() -> None:
    definitions = schema()["$defs"]
    fields = {
        f"{name}.{key}": field
        for name, model in definitions.items()
        for key, field in model.get("properties", {}).items()
    }
    undescribed = {key for key, field in fields.items() if "description" not in field and "$ref" not in field}
    assert undescribed == set()


def test_the_projects_schema_has_the_models_keys_types_and_defaults() -> None:
    declared = load(ROOT / "Pulumi.yaml")["config"]
    fields = {field.alias: field for field in Settings.model_fields.values()}
    assert declared.keys() == fields.keys()
    assert {key for key, value in declared.items() if "default" not in value} == {
        key for key, field in fields.items() if field.is_required()
    }
    assert {key for key, value in declared.items() if value["type"] == "string"} == set(TEXT_KEYS)
    assert all(value["description"].endswith(".") for value in declared.values())
    required = {
        key: read_stack_file(STACK_FILES / "Pulumi.dev.yaml").raw[key]
        for key in ("host", "sites", "certificates", "services")
    }
    defaults = {key: value["default"] for key, value in declared.items() if "default" in value}
    assert Settings.parse(required | defaults) == Settings.parse(required)


def test_the_project_names_no_backend() -> None:
    assert "backend" not in load(ROOT / "Pulumi.yaml")
