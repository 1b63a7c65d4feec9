"""YAML as Pulumi's engine reads it: few kinds of scalar, no key twice.

PyYAML alone would take `12:30` for a number, `no` for false, and of two equal keys silently the last one. Anchors and
aliases are refused: they hide what a setting is, and can make a short file endless.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from config.topology.model import PROJECT
from config.values.errors import StackError, dotted, shown

DEEPEST = 20
"""More levels than any stack file has, and fewer than Python's stack."""

_PREFIX = "tag:yaml.org,2002:"
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}")


class _Loader(yaml.SafeLoader):
    """Resolves nothing by itself: every plain scalar comes as text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute


def read(text: str, name: str) -> object:
    """Return the value of a YAML document; `StackError` with the line where it is none. `name` is the file's."""
    try:
        _refuse_excess(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, name) from None
    except yaml.YAMLError:
        raise StackError(name, "has a character that YAML does not allow", "remove control characters") from None
    return None if node is None else _value(node, [], name)


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
        return StackError(key, "has a tab", "indent with spaces")
    return StackError(key, f"is not YAML ({problem})", "check the indentation and the quotes in and above that line")


def _value(node: yaml.Node, path: list[str | int], name: str) -> Any:  # noqa: ANN401 - whatever the document holds
    tag = node.tag.removeprefix(_PREFIX)
    if tag not in {"str", "map", "seq"}:
        raise StackError(_key(path) or name, f"has the tag {shown(node.tag)}", "remove it")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, name)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, [*path, index], name) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: list[str | int], name: str) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise StackError(_line(name, key_node.start_mark), "has a key that is no name", "write `name: value`")
        key = _scalar(key_node)
        below = [*path, str(key_node.value)]
        if key in mapping:
            raise StackError(_key(below), "stands there twice", f"remove it in line {key_node.start_mark.line + 1}")
        mapping[key] = _value(value_node, below, name)
    return mapping


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _key(path: list[str | int]) -> str:
    """Return a path in the file as messages have it: what stands before a setting's own name goes without saying."""
    if len(path) > 1 and path[0] == "config":
        path = [str(path[1]).removeprefix(f"{PROJECT}:"), *path[2:]]
    return dotted(path)
