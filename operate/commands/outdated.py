"""`make outdated`: newer tags of every image of a stack, asked from its registry. Nothing is changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from clients import registry
from config.values.errors import Mistake, StackError, dotted
from config.values.versions import Version, newer
from operate.commands.pin import images
from operate.terminal import console, headed, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from config.values.names import ImageReference
    from operate.commands.pin import Path
    from operate.stack import Stack

Answers = dict[str, list[str] | Mistake]
"""By repository: its tags, or why they are not known."""


def outdated(stack: Stack) -> int:
    """Show the newest later patch, minor and major version of each image; 1 if a registry does not tell."""
    found = images(stack.settings)
    if not found:
        console.print(f"{stack.name}: no image of it comes from a registry.")
        return 0
    known = ask(found)
    show(table(stack.name, found, known))
    for path, image in found.items():
        answer = known[image.repository]
        if isinstance(answer, Mistake):
            error = StackError(dotted([*path, "image"]), f"{image.repository}: {answer.problem}", answer.cure)
            console.print(f"• {error}", soft_wrap=True, markup=False)
    return 1 if any(isinstance(answer, Mistake) for answer in known.values()) else 0


def ask(found: Mapping[Path, ImageReference]) -> Answers:
    """The tags of each repository, each asked for once."""
    repositories = list(dict.fromkeys(image.repository for image in found.values()))
    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip(repositories, pool.map(_tags, repositories), strict=True))


def table(stack: str, found: Mapping[Path, ImageReference], known: Answers) -> Table:
    """Service, its tag now, a newer one, the kind of change: a line for each kind that there is."""
    shown = headed(f"{stack}: newer images", "Service", "Now", "Newer", "Change")
    for path, image in found.items():
        first, *more = _rows(image, known[image.repository])
        shown.add_row(path[-1], image.tag, *first)
        for row in more:
            shown.add_row("", "", *row)
    return shown


def _rows(image: ImageReference, tags: list[str] | Mistake) -> list[tuple[str, str]]:
    if isinstance(tags, Mistake):
        return [("?", "not known")]
    present = Version.parse(image.tag)
    if present is None:
        return [("-", "no version")]
    return [(tag, kind) for kind, tag in newer(present, tags).items()] or [("-", "none")]


def _tags(repository: str) -> list[str] | Mistake:
    try:
        return registry.tags(repository)
    except Mistake as mistake:
        return mistake
