"""Mistakes of the operator's, each as one line: the key, what is wrong with it, and what would be right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN_LENGTH = 60
"""Longest piece of an operator's own text that a message repeats."""

_PLAIN = re.compile(r"[\w.\-/:@*+]+")


class Mistake(ValueError):  # noqa: N818 - it names a mistake of the operator's, not a failure of ours
    """What is wrong with one value, before it is known where that value stands."""

    def __init__(self, problem: str, cure: str) -> None:
        """Both are parts of a sentence: lower case, no full stop."""
        super().__init__(f"{problem}; {cure}")
        self.problem = problem
        self.cure = cure


class StackError(Exception):
    """A stack file that cannot become a topology. `str()` is one line and never holds a secret's value."""

    def __init__(self, key: str, problem: str, cure: str, *, others: Sequence[StackError] = ()) -> None:
        """`key` is the dotted path of the culprit; `others` are the mistakes found beside this one."""
        self.key = _on_one_line(key)
        self.problem = _on_one_line(problem)
        self.cure = _on_one_line(cure)
        self.others = tuple(others)
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: `services.n8n.memory: 64MiB is too little …; set at least 512MiB (and 2 more)`."""
        rest = f" (and {len(self.others)} more)" if self.others else ""
        return f"{self.key}: {self.problem}; {self.cure}{rest}"

    def each(self) -> list[StackError]:
        """Return this one and those beside it, in their order."""
        return [StackError(self.key, self.problem, self.cure), *self.others]


def first(errors: Iterable[StackError]) -> StackError | None:
    """Return the first of several errors, which then counts the others; None if there are none."""
    found = list(errors)
    if not found:
        return None
    return StackError(found[0].key, found[0].problem, found[0].cure, others=found[1:])


def shown(value: object) -> str:
    """Return an operator's own text for a message: on one line, printable, not longer than `SHOWN_LENGTH`."""
    text = str(value) if isinstance(value, str | int | float) else kind(value)
    text = text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
    return text if _PLAIN.fullmatch(text.rstrip("…")) else ascii(text)


def _on_one_line(text: str) -> str:
    """Return a text with what would move the cursor, or nothing at all, written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def kind(value: object) -> str:
    """Return what a value is, in an operator's words."""
    words: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (type(None), "nothing"),
        (bool, "true or false"),
        (int, "a number"),
        (float, "a fraction"),
        (str, "text"),
        (Mapping, "a mapping"),
        ((list, tuple, set), "a list"),
    )
    return next((word for types, word in words if isinstance(value, types)), type(value).__name__)


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as an operator writes it: `sites[2].host`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in path]
    return "".join(parts).removeprefix(".")


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return the cure for an unknown word: the nearest known one, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(str(word).lower(), names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(names)}" if names else "remove it"
