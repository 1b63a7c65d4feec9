"""`make deploy`: a service's new image, by its digest, into the stack file and onto the host."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from clients import registry
from config.stackfile.settings import Settings
from config.topology.model import SshHost
from config.values.errors import Mistake, StackError, dotted
from host.docker_objects import Image
from operate.commands.pin import asked_for, compare, config_of, tell
from operate.commands.up import up_with
from operate.inspect.contracts import ImageConfig
from operate.plan import besides
from operate.prepare import prepare
from operate.stack import refuse_idle
from operate.stackfile import StackFile
from operate.terminal import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from config.topology.model import Topology
    from config.values.names import ImageReference
    from host.daemon import Daemon
    from operate.commands.pin import Path
    from operate.engine.container_changes import Change
    from operate.stack import Stack


def deploy(stack: Stack, service: str, image: str, *, yes: bool) -> int:
    """Write a service's new image into the stack file, and bring it up.

    If that fails, the stack file is as it was, as is what serves.
    """
    before = stack.topology
    refuse_idle(service, stack)
    wanted = asked_for(stack.settings, service, image)
    # What stops a run, such as another one, stops this before the file is changed.
    _, daemon = prepare(stack)
    here = _here(stack, daemon, wanted.values())
    found = {path: each if each in here else _from_registry(stack, path, each) for path, each in wanted.items()}
    file = StackFile.read(stack.file)
    changed = file.with_images({path: str(each) for path, each in found.items()})
    after = stack.topology_of(changed)
    tell(*compare(Settings.parse(changed.loaded().raw), found, partial(_config, here)))
    for (*_, name), each in found.items():
        console.print(f"{name}: {each}", soft_wrap=True, markup=False)
    if changed == file and any(_rebuilt(daemon, service, each) for each in here.values()):
        console.print(f"{service} runs an earlier build of that tag; give each build a tag of its own", soft_wrap=True)
    return up_with(stack, service, changed, yes=yes, remarks=partial(others, service, before, after))


def _here(stack: Stack, daemon: Daemon, wanted: Iterable[ImageReference]) -> dict[ImageReference, Image]:
    """Those that the Docker of a local stack has already, such as what was built there. No registry is asked then."""
    if isinstance(stack.host, SshHost):
        return {}
    found = {image: daemon.inspect(Image, [str(image)]) for image in wanted}
    return {image: one for image, (one, *_) in ((image, there) for image, there in found.items() if there)}


def _from_registry(stack: Stack, path: Path, image: ImageReference) -> ImageReference:
    """The same image with the digest that its tag has now; one that has a digest has to be there."""
    try:
        if image.pinned:
            registry.config(image)
            return image
        return replace(image, digest=registry.digest(image))
    except Mistake as mistake:
        not_here = "" if isinstance(stack.host, SshHost) else "not in this machine's Docker, and "
        problem = f"{image.repository}:{image.tag}: {not_here}{mistake.problem}"
        raise StackError(dotted([*path, "image"]), problem, mistake.cure) from None


def _config(here: Mapping[ImageReference, Image], image: ImageReference) -> ImageConfig | Mistake:
    try:
        return ImageConfig.parse(here[image].config) if image in here else config_of(image)
    except Mistake as mistake:
        return mistake


def _rebuilt(daemon: Daemon, service: str, image: Image) -> bool:
    """Whether a service runs what its tag meant before: a run changes nothing, for the stack file is the same."""
    return any(found.running and found.image_id != image.id for found in daemon.containers_of(service))


def others(service: str, before: Topology, after: Topology, changed: Sequence[Change]) -> list[str]:
    """One line if the plan changes more than the images that were asked for."""
    return besides(service, [change.subject for change in changed if not _asked_for(change, before, after)])


def _asked_for(change: Change, before: Topology, after: Topology) -> bool:
    old = {spec.name: spec for spec in before.services}
    moved = [spec for spec in after.services if spec != old.get(spec.name)]
    # A real image comes with more than itself: other variables, a database, other paths that are open.
    whole = [spec for spec in moved if spec.name not in old or old[spec.name].stand_in]
    subjects = {spec.name for spec in whole} | {f"volume {volume.name}" for spec in whole for volume in spec.volumes}
    subjects |= {f"site {site.host}" for site in after.sites if site.service in subjects}
    if change.subject in subjects or (whole and change.subject == "proxy"):
        return True
    images = {spec.name for spec in moved} | ({after.proxy.name} if after.proxy != before.proxy else set())
    return change.subject in images and change.what.startswith("image ")
