"""The operator's stack file: read, and replaced so that its comments, its order and its layout stay."""

from __future__ import annotations

import io
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from config.stackfile.read import of_text
from config.topology.model import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from config.stackfile.read import Loaded

LAYOUTS = ((2, 4, 2), (2, 2, 0), (2, 6, 4), (4, 4, 2), (4, 2, 0), (4, 6, 4))
"""How files are indented: mappings, lists, and the dash within a list's. Ours first."""


@dataclass(frozen=True)
class StackFile:
    """A stack file as it was read, or as it is to be. Nothing is on the disk before `write`."""

    path: Path
    text: str
    """Line ends as they are."""

    @classmethod
    def read(cls, path: Path) -> StackFile:
        """What is on the disk now."""
        return cls(path, path.read_bytes().decode("utf-8"))

    def write(self) -> None:
        """Put it in the file's place in one step, with the same mode and owner; a link stays one."""
        place = self.path.resolve()
        before = place.stat()
        new = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            new.write_bytes(self.text.encode("utf-8"))
            new.chmod(stat.S_IMODE(before.st_mode))
            with suppress(PermissionError):
                os.chown(new, before.st_uid, before.st_gid)
            new.replace(place)
        finally:
            new.unlink(missing_ok=True)

    def loaded(self) -> Loaded:
        """What it says; StackError if it is no stack file."""
        return of_text(self.text, self.path.name)

    def section(self, name: str) -> Mapping[str, Any]:
        """One section as it is written, such as `host`; empty if it is not there or no mapping."""
        document = YAML().load(self.text) or {}
        config = document.get("config") or {}
        found = config.get(_key(config, name))
        return found if isinstance(found, dict) else {}

    def with_value(self, name: str, key: str, value: str) -> StackFile:
        """The same with one value of a section set."""
        edited = _Edited(self.text)
        _section(edited.document, name)[key] = value
        return replace(self, text=edited.text())

    def with_service(self, service: str, entry: Mapping[str, Any]) -> StackFile:
        """The same with that entry for one service. Never without one: that would remove the service."""
        edited = _Edited(self.text)
        services = _section(edited.document, "services")
        if entry and isinstance(services.get(service), dict):
            _become(services[service], entry)
        else:
            # A comment in the entry that goes would stand between its name and what takes its place.
            services.ca.items.pop(service, None)
            services[service] = dict(entry)
        return replace(self, text=edited.text())

    def with_stopped(self, service: str, *, stopped: bool) -> StackFile:
        """The same with `stopped: true` in a service's entry, or without it."""
        edited = _Edited(self.text)
        services = _section(edited.document, "services")
        if not isinstance(services.get(service), dict):
            services[service] = type(edited.document)()
        if stopped:
            services[service]["stopped"] = True
        else:
            services[service].pop("stopped", None)
        return replace(self, text=edited.text())

    def with_maintenance(self, host: str, entry: Mapping[str, Any] | None) -> StackFile:
        """The same with a site in maintenance, in that way; None: in none."""
        edited = _Edited(self.text)
        for site in _section(edited.document, "sites"):
            if str(site.get("host")) == host:
                if entry is not None:
                    site["maintenance"] = dict(entry)
                elif "maintenance" in site:
                    del site["maintenance"]
        return replace(self, text=edited.text())

    def with_images(self, images: Mapping[tuple[str, ...], str]) -> StackFile:
        """The same with these images, each by the path of its entry: `("services", "n8n")`, `("proxy",)`."""
        edited = _Edited(self.text)
        document = edited.document
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
        return replace(self, text=edited.text())


def _become(there: Any, wanted: Mapping[str, Any]) -> None:  # noqa: ANN401  what ruamel makes of a mapping
    """Change a mapping into another one; what is the same in both keeps its comments and its place."""
    for key in [key for key in there if key not in wanted]:
        del there[key]
    for key, value in wanted.items():
        if isinstance(value, dict) and isinstance(there.get(key), dict):
            _become(there[key], value)
        elif key not in there or there[key] != value:
            there[key] = value


class _Edited:
    """A stack file that is being changed. Line ends of Windows are put back when it is written."""

    def __init__(self, text: str) -> None:
        self._windows = "\r\n" in text
        text = text.replace("\r\n", "\n")
        self._editor = _editor(text)
        self.document: Any = self._editor.load(text)

    def text(self) -> str:
        written = _written(self._editor, self.document)
        return written.replace("\n", "\r\n") if self._windows else written


def _editor(text: str) -> YAML:
    """An editor with the layout in which the text comes out as it went in; with ours if there is none."""
    editors = [_laid_out(layout) for layout in LAYOUTS]
    return next((editor for editor in editors if _written(editor, editor.load(text)) == text), editors[0])


def _laid_out(layout: tuple[int, int, int]) -> YAML:
    yaml = YAML()
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
