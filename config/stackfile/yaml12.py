"""YAML as Pulumi's engine reads it: the same scalars, no key twice.

PyYAML alone would take `12:30` for a number, `no` for false, and of two equal keys silently the last one. Aliases are
refused: they hide what a setting is, and can make a short file endless. So is a plain scalar that the engine would
change, such as a date (docs/decisions/0015-yaml-is-read-as-the-engine-does.md).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import yaml

from config.topology.model import PROJECT
from config.values.errors import StackError, dotted, first, shown

DEEPEST = 20
"""More levels than any stack file has, and fewer than Python's stack."""

_PREFIX = "tag:yaml.org,2002:"
_PLAIN = "plain"
"""Tag of a scalar without quotes and without a tag of its own."""
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_WHOLE = {
    16: re.compile(r"[-+]?0[xX][0-9a-fA-F]+"),
    8: re.compile(r"[-+]?0[oO]?[0-7]+|0o[-+][0-7]+"),
    2: re.compile(r"[-+]?0[bB][01]+|0b[-+][01]+"),
}
_PREFIXED = re.compile(r"[-+]?0[xXoObB]?[-+]?")
_LOOSE_UNDERSCORE = re.compile(r"(?<![0-9])_|_(?![0-9])")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]*)?(Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_TAB = re.compile(r"(?m)^ *\t[ \t]*")
"""Indentation with a tab in it."""
_HAS_A_TAB = "has a tab"
_LARGEST = 2**53
"""The engine keeps numbers as 64-bit floats; beyond this it changes digits."""


class _Loader(yaml.SafeLoader):
    """Resolves nothing by itself: every scalar comes as text, a plain one with a tag that says so."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:  # noqa: ANN401 - PyYAML's own
        """Return the tag of a node that has none."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _PLAIN
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]


def read(text: str, name: str) -> object:
    """Return the value of a YAML document; `StackError` with all that is wrong with it. `name` is the file's."""
    value, wrong = read_on(text, name)
    error = first(wrong)
    if error:
        raise error
    return value


def read_on(text: str, name: str) -> tuple[object, list[StackError]]:
    """Return the value of a YAML document as far as it can be read, and all that is wrong with it.

    Of a key that stands there twice the first value is taken. Tabs are taken for blanks if that makes it YAML.
    """
    try:
        return _read_on(text, name)
    except StackError as error:
        tabs = [f"{name}:{line}" for line, each in enumerate(text.splitlines(), 1) if _TAB.match(each)]
        if error.problem != _HAS_A_TAB or not tabs:
            return None, [error]
        wrong = [StackError(where, _HAS_A_TAB, error.cure) for where in tabs]
    try:
        value, more = _read_on(without_tabs(text), name)
    except StackError:
        return None, wrong
    return value, wrong + more


def without_tabs(text: str) -> str:
    """Return the text with blanks in place of the tabs that lines begin with."""
    return _TAB.sub(lambda found: found[0].expandtabs(2), text)


def _read_on(text: str, name: str) -> tuple[object, list[StackError]]:
    try:
        _refuse_excess(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, name) from None
    except yaml.YAMLError:
        raise StackError(name, "has a character that YAML does not allow", "remove control characters") from None
    reading = _Reading(name)
    return None if node is None else reading.value(node, []), reading.wrong


def _refuse_excess(text: str, name: str) -> None:
    """Refuse aliases and depth, in one pass that stops at the first."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise StackError(_line(name, event.start_mark), "has an alias", "write the value out")
        if depth > DEEPEST:
            raise StackError(_line(name, event.start_mark), "is nested too deeply", f"stay within {DEEPEST} levels")


def _line(name: str, mark: object) -> str:
    """Return file and line, as editors and compilers write them."""
    line = getattr(mark, "line", None)
    return name if line is None else f"{name}:{line + 1}"


def _syntax_error(error: yaml.MarkedYAMLError, name: str) -> StackError:
    key = _line(name, error.problem_mark or error.context_mark)
    problem = " ".join((error.problem or error.context or "something is wrong").split())
    if "'\\t'" in problem:
        return StackError(key, _HAS_A_TAB, "indent with spaces")
    return StackError(key, f"is not YAML ({problem})", "check the indentation and the quotes in and above that line")


class _Reading:
    """One document; what is wrong with a part of it does not hide the rest."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.wrong: list[StackError] = []

    def value(self, node: yaml.Node, path: list[str | int]) -> Any:  # noqa: ANN401 - whatever the document holds
        """Return what the engine makes of a node, or something like it where that is wrong."""
        tag = node.tag.removeprefix(_PREFIX)
        if tag not in {_PLAIN, "str", "map", "seq"}:
            self._say(_key(path) or self._name, f"has the tag {shown(node.tag)}", "remove it")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, [*path, index]) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: list[str | int]) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            where = _line(self._name, key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self._say(where, "has a key that is no name", "write `name: value`")
                continue
            if key_node.value == "<<" and key_node.style is None:
                self._say(where, "merges another mapping", "write its keys out")
                continue
            below = [*path, str(key_node.value)]
            key = self._scalar(key_node, below)
            if key in mapping:
                self._say(_key(below), "stands there twice", f"remove it in line {key_node.start_mark.line + 1}")
                continue
            mapping[key] = self.value(value_node, below)
        return mapping

    def _scalar(self, node: yaml.Node, path: list[str | int]) -> str | float | bool | None:
        try:
            return _scalar(node, _key(path) or self._name)
        except StackError as error:
            self.wrong.append(error)
            return str(node.value)

    def _say(self, key: str, problem: str, cure: str) -> None:
        self.wrong.append(StackError(key, problem, cure))


def _scalar(node: yaml.Node, key: str) -> str | float | bool | None:
    """Return what the engine makes of a scalar; `StackError` for what it would not keep as it is written."""
    text = str(node.value)
    if node.tag != _PLAIN or getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _DATE.fullmatch(text):
        raise StackError(key, f"{shown(text)} is a date to the engine, which writes it otherwise", "put it in quotes")
    number = _number(text)
    if number is None:
        return text
    if not abs(number) <= _LARGEST:
        raise StackError(key, f"{shown(text)} is no number that the engine keeps exactly", "put it in quotes if text")
    return number


def _number(text: str) -> float | None:
    """Return the number that a plain scalar is to the engine, a whole one as an integer; None for text."""
    if _NO_NUMBER.fullmatch(text):
        return math.nan
    if text[0] not in "+-0123456789." or (text[0] == "." and _LOOSE_UNDERSCORE.search(text)):
        return None
    plain = text.replace("_", "")
    for base, pattern in _WHOLE.items():
        if pattern.fullmatch(plain):
            return int(_PREFIXED.sub("", plain, count=1), base) * (-1 if "-" in plain else 1)
    if not _NUMBER.fullmatch(plain) or math.isinf(number := float(plain)):
        return None
    return int(Decimal(plain)) if number.is_integer() else number


def _key(path: list[str | int]) -> str:
    """Return a path in the file as messages have it: what stands before a setting's own name goes without saying."""
    if len(path) > 1 and path[0] == "config":
        path = [str(path[1]).removeprefix(f"{PROJECT}:"), *path[2:]]
    return dotted(path)
