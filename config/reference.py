"""The stack file's reference, from the schema: `python -m config.reference` writes docs/stack-file.md.

Every key once, with what it may be: a test holds the page to the schema, and the schema to the model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.catalog.services import CATALOG
from config.schema import schema
from config.topology.model import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = Path(__file__).parents[1] / "docs" / "stack-file.md"
JsonSchema = dict[str, Any]

HEAD = """\
# The stack file

`Pulumi.<stack>.yaml` says what exists in a stack and what differs from the catalog. This page has every key; it is made
from the schema that editors complete with, by `python -m config.reference`. A wrong value is one line before anything
is changed: the key, what is wrong with it, and what would be right.

`…` stands for a name of yours. What has no default and is not required is the catalog's, or absent.
"""


def text() -> str:
    """Return the page."""
    whole = schema()
    config = whole["properties"]["config"]
    parts = [HEAD]
    for key, field in config["properties"].items():
        required = " Required." if key in config["required"] else ""
        tables = [_table(*each, whole) for each in _objects(key.removeprefix(f"{PROJECT}:"), field, whole)]
        value = "" if tables else f" Value: {_value(field, whole)}."
        parts += [f"## `{key}`\n\n{_said(field, whole)}{value}{required}\n", *tables]
    return "\n".join(parts)


def _objects(name: str, field: JsonSchema, whole: JsonSchema) -> Iterator[tuple[str, JsonSchema]]:
    """Every mapping in a field whose keys are given, by its path."""
    for found in _alternatives(field, whole):
        if found.get("type") == "array":
            yield from _objects(f"{name}[]", found["items"], whole)
        elif "properties" in found and isinstance(found.get("additionalProperties"), bool):
            below = found["properties"]
            if name == "services":
                # Each of the catalog's has the same keys.
                yield from _objects(f"{name}.…", next(iter(below.values())), whole)
                continue
            yield name, found
            for key, each in below.items():
                yield from _objects(f"{name}.{key}", each, whole)
        elif isinstance(found.get("additionalProperties"), dict):
            yield from _objects(f"{name}.…", found["additionalProperties"], whole)
        for each in found.get("patternProperties", {}).values():
            yield from _objects(f"{name}.…", each, whole)


def _table(name: str, found: JsonSchema, whole: JsonSchema) -> str:
    kinds = "".join(f", `{key}: {each['const']}`" for key, each in found["properties"].items() if "const" in each)
    rows = [f"| `{name}`{kinds} | value | what it is |", "|---|---|---|"]
    for key, field in found["properties"].items():
        required = " Required." if key in found.get("required", []) and "const" not in field else ""
        rows.append(f"| `{key}` | {_value(field, whole)} | {_said(field, whole)}{required} |")
    return "\n".join(rows) + "\n"


def _alternatives(field: JsonSchema, whole: JsonSchema) -> list[JsonSchema]:
    """What a field may be, its references followed."""
    found = _followed(field, whole)
    each: list[JsonSchema] = found.get("oneOf") or found.get("anyOf") or [found]
    return [_followed(one, whole) for one in each]


def _followed(field: JsonSchema, whole: JsonSchema) -> JsonSchema:
    if "$ref" not in field:
        return field
    return {**whole["$defs"][field["$ref"].rpartition("/")[2]], **{k: v for k, v in field.items() if k != "$ref"}}


def _said(field: JsonSchema, whole: JsonSchema) -> str:
    said = " ".join(str(_followed(field, whole).get("description", "")).split())
    outside = [part if index % 2 else part.replace("<", "&lt;") for index, part in enumerate(said.split("`"))]
    return "`".join(outside).replace("|", "\\|")


def _value(field: JsonSchema, whole: JsonSchema) -> str:
    """What may stand there: the words of a list, or the kind and an example; the default in bold."""
    found = _followed(field, whole)
    shown = " or ".join(dict.fromkeys(_kind(each, whole) for each in _alternatives(field, whole)))
    if "default" in found:
        return f"{shown}; **{_spelled(found['default'])}**"
    examples = found.get("examples", [])
    return f"{shown}, such as {_spelled(examples[0])}" if examples and "enum" not in found else shown


def _kind(found: JsonSchema, whole: JsonSchema) -> str:
    if "const" in found:
        return _spelled(found["const"])
    words = found.get("enum")
    if words:
        return "a service of the catalog" if words == list(CATALOG) else " · ".join(map(_spelled, words))
    kind = found.get("type")
    if kind == "array":
        items = dict.fromkeys(_kind(each, whole) for each in _alternatives(found["items"], whole))
        return f"list of {' or '.join(items)}"
    if kind == "integer" and "maximum" in found:
        return f"number {found['minimum']}-{found['maximum']}"
    return {"boolean": "`true` · `false`", "integer": "number", "object": "section"}.get(str(kind), "text")


def _spelled(value: object) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`".replace("|", "\\|")


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
