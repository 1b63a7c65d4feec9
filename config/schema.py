"""JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors; `python -m config.schema` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from config.load import PULUMI_KEYS, SECRETS
from config.settings import Settings
from config.topology import PROJECT

PATH = Path(__file__).with_name("stack.schema.json")


def schema() -> dict[str, Any]:
    """Return the schema: the settings under their prefix, encrypted secrets, and Pulumi's own keys."""
    model = Settings.model_json_schema(by_alias=True)
    definitions = model.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A smarter-net stack",
        "description": "Made from config/settings.py by `python -m config.schema`.",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": model["description"],
                "properties": {f"{PROJECT}:{name}": field for name, field in model["properties"].items()},
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
            },
            **{name: {"description": "Pulumi's own."} for name in PULUMI_KEYS if name != "config"},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def text() -> str:
    """Return the file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
