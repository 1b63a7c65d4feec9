"""Edits to a stack file that leave its comments, its order and its layout alone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from config.topology import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYOUTS = ((2, 4, 2), (2, 2, 0), (2, 6, 4), (4, 4, 2), (4, 2, 0), (4, 6, 4))
"""How files are indented: mappings, lists, and the dash within a list's. Ours first."""


def section(text: str, name: str) -> Mapping[str, Any]:
    """One section of the stack file, such as `host`; empty if it is not there or no mapping."""
    document = YAML().load(text) or {}
    config = document.get("config") or {}
    found = config.get(_key(config, name))
    return found if isinstance(found, dict) else {}


def with_value(text: str, name: str, key: str, value: str) -> str:
    """The stack file's text with one value of a section set."""
    editor = _editor(text)
    document = editor.load(text)
    _section(document, name)[key] = value
    return _written(editor, document)


def with_service(text: str, service: str, entry: Mapping[str, Any]) -> str:
    """The stack file's text with that entry for one service. Never without one: that would remove the service."""
    editor = _editor(text)
    document = editor.load(text)
    _section(document, "services")[service] = dict(entry)
    return _written(editor, document)


def with_images(text: str, images: Mapping[tuple[str, ...], str]) -> str:
    """The stack file's text with these images, each by the path of its entry: `("services", "n8n")`, `("proxy",)`."""
    editor = _editor(text)
    document = editor.load(text)
    for (first, *names), image in images.items():
        entry = _section(document, first)
        for name in names:
            # First: a comment below the last one belongs to what comes after it.
            if name not in entry:
                entry.insert(0, name, type(document)())
            entry = entry[name]
        if "image" in entry:
            entry["image"] = image
        else:
            entry.insert(0, "image", image)
    return _written(editor, document)


def _editor(text: str) -> YAML:
    """An editor with the layout in which the text comes out as it went in; with ours if there is none."""
    editors = [_laid_out(layout, "\r\n" if "\r\n" in text else "\n") for layout in LAYOUTS]
    return next((editor for editor in editors if _written(editor, editor.load(text)) == text), editors[0])


def _laid_out(layout: tuple[int, int, int], line_break: str) -> YAML:
    yaml = YAML()
    yaml.line_break = line_break  # type: ignore[assignment]  # ruamel's annotation is its default alone
    yaml.preserve_quotes = True
    yaml.width = 4096  # a line of the operator's is never folded
    yaml.map_indent, yaml.sequence_indent, yaml.sequence_dash_offset = layout
    return yaml


def _section(document: Any, name: str) -> Any:  # noqa: ANN401  what ruamel makes of a mapping
    """A section to be changed, such as `services`; made if there is none."""
    return document["config"].setdefault(_key(document["config"], name), type(document)())


def _key(config: Mapping[str, Any], name: str) -> str:
    """A section's key: the prefix may be left out, as Pulumi takes it."""
    return name if name in config else f"{PROJECT}:{name}"


def _written(editor: YAML, document: object) -> str:
    written = io.StringIO()
    editor.dump(document, written)
    return written.getvalue()
