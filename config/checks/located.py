"""All that is wrong with a stack file, each mistake with the line that it stands in."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from config.checks.stack import mistakes
from config.stackfile.read import as_far_as_possible, text_of
from config.stackfile.settings import Settings
from config.stackfile.yaml12 import without_tabs
from config.topology.model import PROJECT
from config.values.errors import StackError, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Path_ = tuple[str | int, ...]
"""Keys and indices from `config:` on, the prefix taken off."""


@dataclass(frozen=True)
class Located:
    """One mistake, and where."""

    file: str
    line: int | None
    """None: there is nothing in the file that it could stand in, such as a key that is missing."""
    error: StackError

    @property
    def where(self) -> str:
        """File and line, as editors and compilers write them."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        """One line: `Pulumi.prod.yaml:12: services.n8n.memroy: is not a known key; did you mean memory?`."""
        error = self.error
        said = f"{error.key}: {error.problem}; {error.cure}"
        return said if error.key.startswith(self.file) else f"{self.where}: {said}"


def all_mistakes(path: Path) -> list[Located]:
    """Return every mistake of a stack file, in the order in which they are found; empty if it is right."""
    try:
        text = text_of(path)
    except StackError as error:
        return [Located(path.name, None, error)]
    places = _places(without_tabs(text))
    loaded, errors = as_far_as_possible(text, path.name)
    if loaded:
        parsed, settings = _parsed(places, loaded.raw)
        found = [*parsed, *(mistakes(settings, loaded.secrets) if settings else [])]
        # What is wrong in itself is not said once more for what it was taken for.
        errors += [error for error in found if not any(_is_in(error.key, known.key) for known in errors)]
    return [Located(path.name, _line(places, error.key), error) for error in errors]


def _is_in(key: str, section: str) -> bool:
    return key == section or key.startswith((f"{section}.", f"{section}["))


def _parsed(places: Mapping[str, _Place], raw: Mapping[str, Any]) -> tuple[list[StackError], Settings | None]:
    """Return what is wrong with single values, and the settings without those: the others are checked all the same."""
    try:
        return [], Settings.parse(raw)
    except StackError as error:
        errors = error.each()
    right = copy.deepcopy(dict(raw))
    # From the end on: an item that is taken out moves those behind it.
    for place in sorted((places[error.key] for error in errors if error.key in places), key=_line_of, reverse=True):
        _take_out(right, place.path)
    try:
        return errors, Settings.parse(right)
    except StackError:
        return errors, None


def _take_out(settings: Any, path: Path_) -> None:  # noqa: ANN401  whatever the file holds
    *before, last = path
    for part in before:
        settings = settings[part]
    if before == ["services"]:
        # Without it the sites that lead to it would be mistakes too.
        settings[last] = {}
    elif isinstance(last, int) or last in settings:
        del settings[last]


@dataclass(frozen=True)
class _Place:
    line: int
    path: Path_


def _line_of(place: _Place) -> int:
    return place.line


def _line(places: Mapping[str, _Place], key: str) -> int | None:
    """Return the line of a key, or of what it is missing in."""
    while key and key not in places:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return places[key].line if key else None


def _places(text: str) -> dict[str, _Place]:
    """Return where each key of the file stands, by its dotted path; empty if it is no YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return {}
    return {dotted(place.path): place for place in _below(node, ())}


def _below(node: yaml.Node | None, path: Path_) -> Iterator[_Place]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _entry(value, (*path, str(key.value)), key)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _entry(value, (*path, index), value)


def _entry(value: yaml.Node, path: Path_, mark: yaml.Node) -> Iterator[_Place]:
    own = _own(path)
    yield _Place(mark.start_mark.line + 1, own)
    yield from _below(value, path)


def _own(path: Sequence[str | int]) -> Path_:
    """Return a path as messages have it: what stands before a setting's own name goes without saying."""
    if len(path) > 1 and path[0] == "config":
        return (str(path[1]).removeprefix(f"{PROJECT}:"), *path[2:])
    return tuple(path)
