"""What a plan changes on one container, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

JSON = dict[str, Any]
ADDED, REMOVED, CHANGED = "+", "-", "~"
NOT_SHOWN = "[secret]"
"""What the engine shows in the place of a secret value."""
LONGEST = 60
"""Characters of a variable's value that are shown."""
LOOKS_SECRET = re.compile(
    r"(?i)passw|passphrase|secret|token|credential|(^|[_-])(key|auth|dsn|pass|salt|cert|private)([_-]|$)|apikey"
)
"""Names of variables whose values are not shown, wherever they come from."""
WITH_PASSWORD = re.compile(r"://[^/\s@]+@")
SAME = "is recreated, with the same settings"
OWN = {"RELEASE"}
"""Variables that the program sets by itself."""
WORDS = {
    "command": "command",
    "entrypoints": "entrypoint",
    "user": "user",
    "capabilities": "capabilities",
    "volumes": "mounts",
    "ports": "published ports",
    "healthcheck": "health check",
    "networksAdvanced": "networks",
    "stopTimeout": "time to stop",
    "restart": "restart policy",
    "init": "init",
    "workingDir": "working directory",
    "readOnly": "read-only files",
    "sysctls": "kernel settings",
    "pidsLimit": "limit of processes",
    "tmpfs": "temporary files",
}
"""Inputs that are named and not shown."""


@dataclass(frozen=True)
class Change:
    """One line of what a plan changes."""

    mark: str
    subject: str
    what: str
    rank: int
    """Sites 0, firewall 1, services 2, data 3, records 4."""
    visitors: str = ""
    """What visitors notice of it, for what no rollout tells them."""

    @property
    def text(self) -> str:
        """The line without its mark."""
        return f"{self.subject}: {self.what}"


def words(name: str, old: JSON, new: JSON, keys: Collection[str]) -> Iterator[Change]:
    """What changes on a service's container; `keys`: inputs that differ, those whose values are not shown too."""
    if not old:
        yield Change(ADDED, name, f"starts for the first time: {_image(new)}, {_memory(new)}", rank=2)
    elif not new:
        yield Change(REMOVED, name, f"is removed ({_image(old)}); its data stays", rank=2)
    else:
        said = [
            *_image_changes(old, new),
            *_memory_changes(old, new),
            *_variables(old, new, hidden="envs" in keys),
            *_others(old, new, keys),
        ]
        for what in said or [SAME]:
            yield Change(CHANGED, name, what, rank=2)


def _image(inputs: JSON) -> str:
    return str(inputs.get("image", "an image")).partition("@")[0]


def _memory(inputs: JSON) -> str:
    return f"{inputs.get('memory')} MiB" if inputs.get("memory") else "no limit of memory"


def _image_changes(old: JSON, new: JSON) -> Iterator[str]:
    before, after = str(old.get("image", "")), str(new.get("image", ""))
    if before == after or not after:
        return
    (name, _, digest), (new_name, _, new_digest) = before.partition("@"), after.partition("@")
    if name == new_name:
        yield f"image {name}: {_short(digest)} → {_short(new_digest)}"
        return
    (repository, _, _), (new_repository, _, tag) = name.rpartition(":"), new_name.rpartition(":")
    yield f"image {name} → {tag if repository == new_repository else new_name}"


def _short(digest: str) -> str:
    return f"digest {digest.removeprefix('sha256:')[:12]}" if digest else "no digest"


def _memory_changes(old: JSON, new: JSON) -> Iterator[str]:
    if "memory" in new and old.get("memory") != new["memory"]:
        yield f"memory {_memory(old)} → {_memory(new)}"


def _variables(old: JSON, new: JSON, *, hidden: bool) -> Iterator[str]:
    """Each variable by its name; its values only where they are no secret. `hidden`: one that is not shown differs."""
    before, after = (_known(inputs.get("envs")) for inputs in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if name not in before:
            yield f"variable {name} is set{_in_words(name, after[name], ' to ')}"
        elif name not in after:
            yield f"variable {name} is unset{_in_words(name, before[name], ', was ')}"
        elif _is_secret(name, before[name], after[name]):
            yield f"variable {name} has a new value"
        else:
            yield f"variable {name} {_cut(before[name])} → {_cut(after[name])}"
    count, now = (_secrets(inputs.get("envs")) for inputs in (old, new))
    if count != now:
        yield f"{count} → {now} variables with a secret"
    elif hidden and before == after and now and _release(old) != _release(new):
        yield "a secret variable has a new value"


def _known(variables: object) -> dict[str, str]:
    """The variables whose values are shown."""
    given = variables if isinstance(variables, list) else []
    pairs = (str(each).partition("=") for each in given if each != NOT_SHOWN)
    return {name: value for name, _, value in pairs if name not in OWN}


def _secrets(variables: object) -> int:
    return variables.count(NOT_SHOWN) if isinstance(variables, list) else int(variables == NOT_SHOWN)


def _release(inputs: JSON) -> object:
    return [each for each in inputs.get("envs") or [] if str(each).startswith("RELEASE=")]


def _is_secret(name: str, *values: str) -> bool:
    return bool(LOOKS_SECRET.search(name)) or any(WITH_PASSWORD.search(value) for value in values)


def _in_words(name: str, value: str, before: str) -> str:
    return "" if _is_secret(name, value) else f"{before}{_cut(value)}"


def _cut(value: str) -> str:
    if not value:
        return '""'
    line = " ".join(value.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _others(old: JSON, new: JSON, keys: Collection[str]) -> Iterator[str]:
    """What else differs, by name."""
    differing = [word for key, word in WORDS.items() if key in keys and old.get(key) != new.get(key)]
    if differing:
        yield f"other {', '.join(differing)}"
    if "uploads" in keys:
        yield "a secret file has new content"
