"""`make pin`: each image of a stack by its digest, so that a plan shows the very bytes that will run.

What an image says of itself is compared with what the program knows of it, before its digest is written down.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from clients import registry
from config.catalog.accessories import accessories_of
from config.catalog.merged import present
from config.catalog.own import is_own
from config.catalog.services import PROXY
from config.stackfile.settings import Images, Settings
from config.values import errors
from config.values.errors import Mistake, StackError, dotted
from config.values.names import ImageReference
from operate.inspect.contracts import ImageConfig, differences, own_differences, proxy_differences
from operate.stackfile import StackFile
from operate.terminal import console, headed, show
from tools.images.contract import of_service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.table import Table

    from config.catalog.merged import Merged
    from operate.inspect.contracts import Difference
    from operate.stack import Stack
    from tools.images.contract import Contract

Path = tuple[str, ...]
"""Where an image stands in the stack file: `("proxy",)`, `("services", "n8n")`."""


def pin(stack: Stack, service: str = "", image: str = "") -> int:
    """Write the digest of each image into the stack file; all of them or, with the reason of the first, none.

    `service` and `image`: of that image alone, which becomes the service's; nothing is rolled out.
    """
    before = images(stack.settings)
    found = asked_for(stack.settings, service, image) if service or image else before
    unknown = [path for path in found if path not in before]
    if unknown:
        known = ", ".join(PROXY.name if path == ("proxy",) else path[-1] for path in before)
        raise StackError("SERVICE", f"{service} has no image from a registry here", f"it can be one of {known}")
    if not found:
        console.print(f"{stack.name}: no image of it comes from a registry.")
        return 0
    pinned = resolve(found)
    moved = {path: str(each) for path, each in pinned.items() if each != before.get(path)}
    changed = StackFile.read(stack.file).with_images(moved)
    # An image that is not the service's yet makes it the real one, with what belongs to that.
    remarks, wrong = compare(Settings.parse(changed.loaded().raw), pinned)
    tell(remarks, wrong)
    if moved:
        changed.write()
    show(table(stack.name, {path: before.get(path, each) for path, each in found.items()}, pinned))
    return 0


def asked_for(settings: Settings, service: str, image: str) -> dict[Path, ImageReference]:
    """A service's new image, and those of its accessories that have to have its version; StackError names IMAGE."""
    try:
        wanted = ImageReference.parse(image)
    except Mistake as mistake:
        raise StackError("IMAGE", mistake.problem, mistake.cure) from None
    path = ("proxy",) if service == PROXY.name else ("services", service)
    return {path: wanted, **of_the_same_version(settings, service, wanted)}


def of_the_same_version(settings: Settings, service: str, image: ImageReference) -> dict[Path, ImageReference]:
    """The images of its accessories that have to have its version, where the stack file names them."""
    found: dict[Path, ImageReference] = {}
    for entry, tie in accessories_of(service):
        own = settings.services.get(entry.name)
        if tie.same_version and own and own.image and own.image.tag != image.tag:
            found["services", entry.name] = ImageReference(own.image.repository, image.tag)
    return found


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
    services = present(settings)
    own = {path for path in pinned if path[-1] in services and is_own(path[-1], services[path[-1]].own)}
    asked = {path: image for path, image in pinned.items() if known[path] or path in own}
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(ask, asked.values()))
    remarks: list[StackError] = []
    wrong: list[StackError] = []
    for (path, image), answer in zip(asked.items(), answers, strict=True):
        key, contract, name = dotted([*path, "image"]), known[path], f"{image.repository}:{image.tag}"
        if isinstance(answer, Mistake):
            remarks.append(StackError(key, f"{name}: its own config cannot be read: {answer.problem}", answer.cure))
        else:
            file = contract.name if contract else ""
            usual = f"compare it with its Dockerfile, then change tools/images/contracts/{file}.json"
            for one in _differences(path, services, contract, answer):
                cure = one.cure or usual
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


def _differences(
    path: Path, services: Mapping[str, Merged], known: Contract | None, found: ImageConfig
) -> list[Difference]:
    if known is None:
        return own_differences(services[path[-1]].entry, found)
    if path == ("proxy",):
        return proxy_differences(known, found)
    service = services[path[-1]]
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
