"""pydantic's errors, said as this project says them: one line, the operator's own key, and the cure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from config.values.errors import Mistake, StackError, did_you_mean, dotted, first, kind, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails


KEY = "[key]"
"""Stands at the end of a location where the key before it is what is wrong; or an operator has called a key so."""


def translate(error: ValidationError, model: type[BaseModel], raw: Mapping[str, Any]) -> StackError:
    """Return the first of pydantic's errors as ours; it counts the others."""
    found = first(_one(details, _Place(details["loc"], model, raw)) for details in error.errors(include_url=False))
    return found or StackError("config", "is not right", "compare it with config/stack.schema.json")


class _Place:
    """Where an error stands: its path in the stack file, and the part of the model that describes it."""

    def __init__(self, location: tuple[int | str, ...], model: type[BaseModel], raw: object) -> None:
        """Follow pydantic's location through the data; what is in no data is a union's tag, or the missing key."""
        self.path: list[int | str] = []
        self.models: list[type[BaseModel]] = [model]
        self.field: FieldInfo | None = None
        data = raw
        for position, part in enumerate(location):
            if part == KEY and position and not _holds(data, part):
                break
            last = location[position + 1 :] in {(), (KEY,)}
            if _holds(data, part) or last:
                self._enter(part)
                data = data[part] if _holds(data, part) else None  # type: ignore[index]
            else:
                self.models = [model for model in self.models if part in set(_tags(model))]

    def _enter(self, part: int | str) -> None:
        self.path.append(part)
        fields = [field for model in self.models for name, field in _fields(model) if name == part]
        self.parents = self.models
        self.field = fields[0] if fields else None
        if self.field:
            self.models = list(_models(self.field.annotation))

    @property
    def key(self) -> str:
        """The path as an operator writes it; all of it where pydantic does not say which of the first keys it is."""
        return dotted(self.path) or "config"

    @property
    def example(self) -> str:
        """What one would write here."""
        examples = self.field.examples if self.field else None
        if not examples and self.field:
            examples = getattr(self.field.annotation, "EXAMPLES", None)
        return f"add it, such as `{self.path[-1]}: {examples[0]}`" if examples else "add it"

    def siblings(self) -> list[str]:
        """Keys that are known where the last one of the path stands."""
        return sorted({name for model in self.parents for name, _ in _fields(model)})


def _one(details: ErrorDetails, place: _Place) -> StackError:
    """Return one of pydantic's errors as ours."""
    wrong_type = _WRONG_TYPE.get(details["type"])
    if wrong_type:
        return _wrong_type(details["input"], place, *wrong_type)
    return _SAYINGS.get(details["type"], _other)(details, place)


def _mistake(details: ErrorDetails, place: _Place) -> StackError:
    mistake = details.get("ctx", {}).get("error")
    if isinstance(mistake, Mistake):
        return StackError(place.key, mistake.problem, mistake.cure)
    return _other(details, place)


def _unknown_key(_: ErrorDetails, place: _Place) -> StackError:
    return StackError(place.key, "is not a known key", did_you_mean(place.path[-1], place.siblings()))


def _missing(_: ErrorDetails, place: _Place) -> StackError:
    return StackError(place.key, "is missing", place.example)


def _no_tag(details: ErrorDetails, place: _Place) -> StackError:
    tag = str(details["ctx"]["discriminator"]).strip("'")
    return StackError(f"{place.key}.{tag}", "is missing", "add it: local for this machine, ssh for a server")


def _unknown_tag(details: ErrorDetails, place: _Place) -> StackError:
    context = details["ctx"]
    tag = str(context["discriminator"]).strip("'")
    return _unknown_word(f"{place.key}.{tag}", context["tag"], _quoted(context["expected_tags"]))


def _unknown_value(details: ErrorDetails, place: _Place) -> StackError:
    return _unknown_word(place.key, details["input"], _quoted(details["ctx"]["expected"]))


def _no_name(_: ErrorDetails, place: _Place) -> StackError:
    return StackError(place.key, "is not text where a name belongs", "put the name in quotes")


def _no_unicode(_: ErrorDetails, place: _Place) -> StackError:
    return StackError(place.key, "is not valid Unicode", "write it in UTF-8")


def _other(_: ErrorDetails, place: _Place) -> StackError:
    return StackError(place.key or "config", "is not right", "compare it with config/stack.schema.json")


_SAYINGS: dict[str, Callable[[ErrorDetails, _Place], StackError]] = {
    "value_error": _mistake,
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "union_tag_not_found": _no_tag,
    "union_tag_invalid": _unknown_tag,
    "enum": _unknown_value,
    "literal_error": _unknown_value,
    "invalid_key": _no_name,
    "string_unicode": _no_unicode,
}

_BELOW = "write `key: value` lines below it, or remove it"
_WRONG_TYPE = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "dict_type": ("a mapping", _BELOW),
    "model_type": ("a mapping", _BELOW),
    "model_attributes_type": ("a mapping", _BELOW),
}


def _wrong_type(given: object, place: _Place, wanted: str, cure: str) -> StackError:
    """Return the error of a value of another type; quotes only help what is a scalar."""
    if "quotes" in cure and not (isinstance(given, str) or (wanted == "text" and isinstance(given, int | float))):
        cure = f"write {wanted}"
    if given is None and place.path[:-1] == ["services"]:
        cure = f"write `{shown(place.path[-1])}: {{}}` for the catalog's own, or `key: value` lines below it"
    elif given is None and "remove" not in cure:
        cure = f"{cure}, or remove the line"
    return StackError(place.key, f"must be {wanted}, not {kind(given)}", cure)


def _unknown_word(key: str, given: object, known: list[str]) -> StackError:
    """Return the error of a word that is none of a few."""
    cure = did_you_mean(given, known)
    cure = f"{cure.removesuffix('?')}? (one of {', '.join(known)})" if cure.startswith("did") else cure
    return StackError(key, f"{shown(given)} is none of its values", cure.replace("known here:", "use one of"))


def _quoted(text: object) -> list[str]:
    """Return the words that pydantic quotes: `'a', 'b' or 'c'`."""
    return re.findall(r"'([^']*)'", str(text))


def _holds(data: object, part: int | str) -> bool:
    """Tell whether `part` is a key or an index of `data`."""
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield a model's fields by the names that they have in the stack file."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _tags(model: type[BaseModel]) -> Iterator[object]:
    """Yield the words that choose this model among those of a union."""
    for _, field in _fields(model):
        yield from get_args(field.annotation)
