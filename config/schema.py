"""JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors; `python -m config.schema` writes it.

It names what an editor can know: the services of the catalog, the forms of values, and which settings ask for others.
What it lets through, `config.checks.stack` finds.
"""

from __future__ import annotations

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from config.catalog.accessories import ACCESSORIES, entries
from config.catalog.own import LABEL
from config.catalog.services import CATALOG
from config.stackfile import backup_settings, host_settings, service_settings, settings, site_settings, watch_settings
from config.stackfile.part import Model
from config.stackfile.read import PULUMI_KEYS, SECRETS
from config.stackfile.settings import Settings
from config.topology.model import PROJECT, Certificates
from config.topology.service import Protocol

PATH = Path(__file__).with_name("stack.schema.json")
PARTS = (host_settings, site_settings, service_settings, backup_settings, watch_settings, settings)
"""The modules whose classes are the parts of a stack file."""
JsonSchema = dict[str, Any]


def schema() -> JsonSchema:
    """Return the schema: the settings under their prefix, encrypted secrets, and Pulumi's own keys."""
    model = _described(_tidied(Settings.model_json_schema(by_alias=True)))
    definitions = model.pop("$defs")
    definitions["SiteSettings"]["properties"]["service"]["anyOf"] = [{"enum": list(CATALOG)}, {"pattern": _own()}]
    volumes = definitions["ServiceSettings"]["properties"]["volumes"]["patternProperties"]
    for name, volume in volumes.items():
        volumes[name] = {"anyOf": [definitions["VolumeSettings"]["properties"]["path"], volume]}
    definitions["ServiceSettings"]["properties"]["reaches"]["items"]["enum"] = [
        entry.name for entry in ACCESSORIES.values() if entry.protocol is not Protocol.HTTP
    ]
    definitions["SiteSettings"] |= _service_or_redirect()
    properties = model["properties"] | {"services": _services(model["properties"]["services"])}
    properties["sites"]["uniqueItems"] = True
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A smarter-net stack",
        "description": "Made from config/stackfile and the catalog by `python -m config.schema`.",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": model["description"],
                "properties": _prefixed(properties),
                "required": [f"{PROJECT}:{name}" for name in model["required"]],
                "patternProperties": {
                    f"^{SECRETS}:[a-z0-9][a-z0-9-]*$": {
                        "description": "Encrypted; `make secrets` and `pulumi config set --secret` write it.",
                        "type": "object",
                        "properties": {"secure": {"type": "string"}},
                        "required": ["secure"],
                        "additionalProperties": False,
                    },
                    f"^(?!{PROJECT}:|{SECRETS}:)[^:]+:": {"description": "Pulumi's own, or a provider's."},
                },
                "additionalProperties": False,
                "allOf": [_rule(*rule) for rule in _rules()],
            },
            **{name: {"description": "Pulumi's own."} for name in PULUMI_KEYS if name != "config"},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _service_or_redirect() -> JsonSchema:
    """A site has a service, or leads to another site's host and has nothing else."""
    nothing = dict.fromkeys(("service", "allow-from", "basic-auth", "max-body"), False)
    return {"if": {"required": ["redirect-to"]}, "then": {"properties": nothing}, "else": {"required": ["service"]}}


def _services(field: JsonSchema) -> JsonSchema:
    """Every service and accessory by its name; another one says what the catalog does not know of it."""
    one = field["additionalProperties"]
    known = {"not": {"anyOf": [{"required": [key]} for key in ("port", "volumes", "steps-down")]}}
    described = {entry.name: {**one, "description": entry.purpose, **known} for entry in entries().values()}
    ready = {"properties": {"health": {"required": ["readiness"]}}}
    own = {**one, "description": "A service of your own.", "required": ["port", "health"], "allOf": [ready]}
    return {**field, "properties": described, "patternProperties": {_own(): own}, "additionalProperties": False}


def _own() -> str:
    """What the name of a service may be that the catalog does not know."""
    return f"^(?!({'|'.join(entries())})$){LABEL.pattern}$"


def _rules() -> list[tuple[JsonSchema, JsonSchema]]:
    """Where one setting is as the first schema says, the others have to be as the second says."""
    by_authority = [each.value for each in Certificates if each is not Certificates.INTERNAL]
    pinned = {"properties": {"image": {"pattern": "@sha256:"}}}
    return [
        (
            {"certificates": {"enum": by_authority}},
            {"proxy": {"required": ["email"]}},
        ),
        (
            {"host": {"properties": {"connection": {"const": "ssh"}}, "required": ["connection"]}},
            {"images": {"const": "registry"}, "proxy": pinned, "services": {"additionalProperties": pinned}},
        ),
        (
            {"host": {"properties": {"connection": {"const": "local"}}, "required": ["connection"]}},
            {"firewall": {"maxProperties": 0}, "dns": {"properties": {"provider": {"const": "by-hand"}}}},
        ),
        (
            {"dns": {"properties": {"provider": {"const": "cloudflare"}}, "required": ["provider"]}},
            {"dns": {"required": ["zone"]}},
        ),
        (
            {"firewall": {"required": ["interfaces"]}},
            {"firewall": {"required": ["ssh-from"]}},
        ),
    ]


def _rule(where: JsonSchema, then: JsonSchema) -> JsonSchema:
    asked = {"properties": _prefixed(where), "required": list(_prefixed(where))}
    needed = [name for name, field in then.items() if "required" in field]
    return {"if": asked, "then": {"properties": _prefixed(then), "required": list(_prefixed(dict.fromkeys(needed)))}}


def _prefixed(fields: JsonSchema) -> JsonSchema:
    return {f"{PROJECT}:{name}": field for name, field in fields.items()}


def _described(model: JsonSchema) -> JsonSchema:
    """Give each property the docstring of its attribute. Pydantic could, at a tenth of a second in every command."""
    models = {
        name: kind
        for part in PARTS
        for name, kind in vars(part).items()
        if isinstance(kind, type) and issubclass(kind, Model)
    }
    for name, attributes in _docstrings().items():
        definition = model if name == model["title"] else model["$defs"].get(name, {})
        fields = models[name].model_fields if definition else {}
        for attribute, words in attributes.items():
            if attribute in fields:
                definition["properties"][fields[attribute].alias]["description"] = words
    return model


def _docstrings() -> dict[str, dict[str, str]]:
    """The string below each attribute of each class of the settings."""
    found: dict[str, dict[str, str]] = {}
    for each in (each for part in PARTS for each in ast.parse(inspect.getsource(part)).body):
        if isinstance(each, ast.ClassDef):
            for said, words in pairwise(each.body):
                match said, words:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                        found.setdefault(each.name, {})[name] = inspect.cleandoc(text)
    return found


def _tidied(node: Any) -> Any:  # noqa: ANN401  JSON
    """Take out what pydantic says of what no stack file has: null, and a whole section's defaults."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _tidied(value) for key, value in node.items()}
    if {"type": "null"} in made.get("anyOf", []):
        others = [one for one in made.pop("anyOf") if one != {"type": "null"}]
        made = {**(others[0] if len(others) == 1 else {"anyOf": others}), **made}
    if "default" in made and (made["default"] is None or isinstance(made["default"], dict | list)):
        del made["default"]
    if "patternProperties" in made:
        made.setdefault("additionalProperties", False)
    if "examples" in made and made.get("type") != "string" and "enum" not in made:
        made["examples"] = [yaml.safe_load(text) if isinstance(text, str) else text for text in made["examples"]]
    return made


def text() -> str:
    """Return the file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
