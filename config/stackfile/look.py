"""Types of the stack file's fields that say how a page looks: two of them name a file, and hold what is in it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, StrictStr, WithJsonSchema
from pydantic_core import core_schema

from config.values.errors import Mistake, shown

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue as JsonSchema

FOLDER = Path(__file__).parents[2]
"""Where the stack files are."""
LARGEST_LOGO, LARGEST_TEMPLATE = 32 * 1024, 16 * 1024
"""Bytes. The config of the proxy holds them, the template some twenty times."""
TYPES = {".svg": "svg+xml", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
NEEDED = "{{text}}"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def _content(path: str, largest: int) -> bytes:
    try:
        content = (FOLDER / path).read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path"
        raise Mistake(
            f"{shown(path)} cannot be read ({why.lower()})", "write its path as seen from the stack file"
        ) from None
    if len(content) > largest:
        problem = f"{shown(path)} has {-(-len(content) // 1024)} KiB, more than {largest // 1024}"
        raise Mistake(problem, "make it smaller: the proxy's config holds it")
    return content


def _logo(path: str) -> str:
    kind = TYPES.get(Path(path).suffix.lower())
    if kind is None:
        raise Mistake(f"{shown(path)} is no picture that is known", f"write a file that ends in {', '.join(TYPES)}")
    return f"data:image/{kind};base64,{base64.b64encode(_content(path, LARGEST_LOGO)).decode()}"


def _template(path: str) -> str:
    try:
        text = _content(path, LARGEST_TEMPLATE).decode()
    except UnicodeDecodeError:
        raise Mistake(f"{shown(path)} is not UTF-8 text", "save it as UTF-8") from None
    if NEEDED not in text:
        raise Mistake(f"{shown(path)} has no {NEEDED}, so it would tell a visitor nothing", f"write {NEEDED} into it")
    return text


def _color(text: str) -> str:
    if not _COLOR.fullmatch(text):
        raise Mistake(f"{shown(text)} is no color", 'write it as "#0b6e4f", in quotes')
    return text.lower()


@dataclass(frozen=True)
class _Line:
    """Of text on one line of a page. Braces would be placeholders of Caddy's."""

    longest: int

    def _check(self, text: str) -> str:
        if not text.strip() or len(text) > self.longest or not text.isprintable() or set(text) & set("{}"):
            problem = f"{shown(text)} is nothing that fits on a page"
            raise Mistake(problem, f"write up to {self.longest} characters on one line, without braces")
        return text.strip()

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Check after the type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Name the same rule."""
        return {**handler(schema), "minLength": 1, "maxLength": self.longest, "pattern": r"^[^{}\n]*$"}


CompanyName = Annotated[StrictStr, _Line(60)]
Sentence = Annotated[StrictStr, _Line(300)]
Color = Annotated[
    StrictStr, AfterValidator(_color), WithJsonSchema({"type": "string", "pattern": f"^{_COLOR.pattern}$"})
]
Logo = Annotated[
    StrictStr,
    AfterValidator(_logo),
    WithJsonSchema({"type": "string", "pattern": rf"\.({'|'.join(end[1:] for end in TYPES)})$"}),
]
Template = Annotated[StrictStr, AfterValidator(_template)]
