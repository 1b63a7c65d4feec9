"""`make pin`: each image of a stack by its digest, so that a plan shows the very bytes that will run.

What an image says of itself is compared with what the program knows of it, before its digest is written down.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from clients import registry
from config.catalog.merged import present
from config.catalog.services import PROXY
from config.stackfile.settings import Images
from config.values import errors
from config.values.errors import Mistake, StackError, dotted
from operate.inspect.contracts import ImageConfig, differences, proxy_differences
from operate.stackfile import StackFile
from operate.terminal import console, headed, show
from tools.images.contract import of_service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.table import Table

    from config.stackfile.settings import Settings
    from config.values.names import ImageReference
    from operate.inspect.contracts import Difference
    from operate.stack import Stack
    from tools.images.contract import Contract

Path = tuple[str, ...]
"""Where an image stands in the stack file: `("proxy",)`, `("services", "n8n")`."""


def pin(stack: Stack) -> int:
    """Write the digest of each image into the stack file; all of them or, with the reason of the first, none."""
    found = images(stack.settings)
    if not found:
        console.print(f"{stack.name}: no image of it comes from a registry.")
        return 0
    pinned = resolve(found)
    remarks, wrong = compare(stack.settings, pinned)
    tell(remarks, wrong)
    moved = {path: str(image) for path, image in pinned.items() if image != found[path]}
    if moved:
        StackFile.read(stack.file).with_images(moved).write()
    show(table(stack.name, found, pinned))
    return 0


def images(settings: Settings) -> dict[Path, ImageReference]:
    """The images that come from a registry: those that the stack file names, and the catalog's that run."""
    found: dict[Path, ImageReference] = {}
    if settings.proxy.image or settings.images is Images.REGISTRY:
        found["proxy",] = settings.proxy.image or PROXY.image
    for name, service in present(settings).items():
        image = service.image if service.enabled and not service.stand_in else service.own.image
        if image:
            found["services", name] = image
    return found


def resolve(found: Mapping[Path, ImageReference]) -> dict[Path, ImageReference]:
    """The same images with the digests that their tags have now; StackError names the first that has none."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(_digest, found.values()))
    wrong = [
        StackError(dotted([*path, "image"]), f"{image.repository}:{image.tag}: {answer.problem}", answer.cure)
        for (path, image), answer in zip(found.items(), answers, strict=True)
        if isinstance(answer, Mistake)
    ]
    error = errors.first(wrong)
    if error:
        raise error
    return {
        path: replace(image, digest=answer)
        for (path, image), answer in zip(found.items(), answers, strict=True)
        if isinstance(answer, str)
    }


def config_of(image: ImageReference) -> ImageConfig | Mistake:
    """What an image of a registry says of itself, or why it cannot be read."""
    try:
        return ImageConfig.parse(registry.config(image))
    except Mistake as mistake:
        return mistake


def compare(
    settings: Settings,
    pinned: Mapping[Path, ImageReference],
    ask: Callable[[ImageReference], ImageConfig | Mistake] = config_of,
) -> tuple[list[StackError], list[StackError]]:
    """What images say otherwise than their contracts, a line each: remarks, and where the program relies on it."""
    known = {path: of_service(PROXY.name if path == ("proxy",) else path[-1]) for path in pinned}
    asked = {path: image for path, image in pinned.items() if known[path]}
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(ask, asked.values()))
    remarks: list[StackError] = []
    wrong: list[StackError] = []
    for (path, image), answer in zip(asked.items(), answers, strict=True):
        key, contract, name = dotted([*path, "image"]), known[path], f"{image.repository}:{image.tag}"
        if isinstance(answer, Mistake):
            remarks.append(StackError(key, f"{name}: its own config cannot be read: {answer.problem}", answer.cure))
        elif contract:
            cure = f"compare it with its Dockerfile, then change tools/images/contracts/{contract.name}.json"
            for one in _differences(path, settings, contract, answer):
                if one.relied_on:
                    wrong.append(StackError(key, f"{name} {one.text}, and {one.relied_on}", cure))
                else:
                    remarks.append(StackError(key, f"{name} {one.text}", cure))
    return remarks, wrong


def tell(remarks: Sequence[StackError], wrong: Sequence[StackError]) -> None:
    """A line for each; the first one of what is wrong is raised."""
    for remark in (*remarks, *wrong[1:]):
        console.print(f"• {remark}", soft_wrap=True, markup=False)
    if wrong:
        raise wrong[0]


def _differences(path: Path, settings: Settings, known: Contract, found: ImageConfig) -> list[Difference]:
    if path == ("proxy",):
        return proxy_differences(known, found)
    service = present(settings)[path[-1]]
    return differences(service.entry, known, found, service.own.command or service.entry.command)


def table(stack: str, old: Mapping[Path, ImageReference], new: Mapping[Path, ImageReference]) -> Table:
    """Image, old digest, new digest: the first digits, as they stand in the stack file."""
    shown = headed(f"{stack}: images", "Image", "Old digest", "New digest")
    for path, image in new.items():
        before, now = _short(old[path]), _short(image)
        shown.add_row(f"{image.repository}:{image.tag}", before, now if now != before else "the same")
    return shown


def _digest(image: ImageReference) -> str | Mistake:
    try:
        return registry.digest(image)
    except Mistake as mistake:
        return mistake


def _short(image: ImageReference) -> str:
    return image.digest[:19] if image.digest else "-"
