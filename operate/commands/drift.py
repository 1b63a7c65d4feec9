"""`make drift`: where the host differs from what the last run left there, as far as one can see. Nothing is changed.

The engine's refresh reads back much of a container, but not its variables, its labels, its networks or its mounts; here
they are compared, and so are those that were made by hand under the name of one of ours. What the stack does not know
is looked for as well: containers, listeners, other addresses in the DNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from config.topology.model import SshHost
from host import listeners
from host.docker_objects import Container, Image, Volume
from host.labels import STACK
from host.names import CONTAINER, VOLUME
from operate.commands import doctor
from operate.engine.changes import changes
from operate.inspect import certificates, containers, elsewhere
from operate.inspect.finding import BAD
from operate.inspect.repair import examine
from operate.prepare import prepare
from operate.terminal import answer, console, nothing_else

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.topology.model import Topology
    from host.daemon import Daemon
    from operate.engine.state import State
    from operate.stack import Stack


def drift(stack: Stack, *, as_json: bool = False) -> int:
    """Show every difference, one a line; 1 if there is one."""
    if as_json:
        nothing_else()
    engine, daemon = prepare(stack, images=False)
    state = engine.state()
    elsewhere.refuse(state, stack, daemon)
    found = [
        *(reason.offered() for reason in examine(stack, state, daemon).reasons),
        *changed_containers(state, daemon),
        *changed_volumes(state, stack.name, daemon),
        *strangers(stack.topology, daemon),
    ]
    if isinstance(stack.topology.host, SshHost):
        found += listeners.unknown(stack.topology, daemon)
        # Of records in a zone that the stack has, the zone itself was asked.
        names = [] if stack.topology.dns else doctor.names(stack.topology)
        found += [
            f"DNS {finding.what.split()[-1]}: {finding.seen}; {finding.cure}"
            for finding in names
            if finding.verdict == BAD
        ]
        found += certificates.troubles(stack.topology)
    # Nothing that is said above is repaired by it; it shows what the program itself would change.
    planned = engine.run("preview", "--refresh", "--suppress-outputs", quiet=True)
    plan: list[str] = []
    if planned.operations and not planned.code:
        said = [f"{change.mark} {change.text}" for change in changes(planned.steps)]
        rest = [f"{' '.join(sorted(what))} {name}" for (_, name), what in planned.operations.items()]
        plan = said or rest
        found.append("the plan above is not empty: `make up` carries it out")
    found = list(dict.fromkeys(found))
    if as_json:
        # A plan that cannot be made leaves open what it would have said.
        known = not planned.code
        answer({
            "stack": stack.name, "differs": bool(found) if known else None, "differences": found, "plan": plan,
            "stopped": [spec.name for spec in stack.topology.services if spec.stopped],
        })  # fmt: skip
        return planned.code or (1 if found else 0)
    if plan:
        console.print("\n".join(["Plan", *(f"  {escape(line)}" for line in plan)]), soft_wrap=True)
    for line in stack.closed:
        console.print(line, soft_wrap=True, markup=False)
    for line in found:
        console.print(f"[yellow]•[/yellow] {escape(line)}", soft_wrap=True)
    if planned.code:
        return planned.code
    console.print(f"{stack.name}: {'differs from what was deployed' if found else 'as it was deployed'}.")
    return 1 if found else 0


def changed_containers(state: State, daemon: Daemon) -> Iterator[str]:
    """What was changed on a container that the engine does not read back, or on one recreated by hand."""
    recorded = list(state.made(CONTAINER))
    there = {container.id: container for container in daemon.containers()}
    gone = [found.called for found in recorded if found.id not in there]
    again = {container.name: container for container in daemon.inspect(Container, gone)}
    ids = {container.image_id for container in [*there.values(), *again.values()]}
    images = {image.id: image for image in daemon.inspect(Image, sorted(ids))}
    for resource in recorded:
        name = resource.called
        if name in again:
            yield f"container {name}: was recreated by hand, under the name of ours"
        container = there.get(resource.id) or again.get(name)
        if container:
            yield from containers.of(resource.asked, container, images.get(container.image_id, Image()))


def changed_volumes(state: State, stack: str, daemon: Daemon) -> Iterator[str]:
    """A volume of the same name that is another one. Nothing else tells them apart: Docker gives volumes no id."""
    names = [found.id for found in state.made(VOLUME)]
    for volume in daemon.inspect(Volume, names):
        if volume.labels.get(STACK) != stack:
            cure = "look what it holds; `make restore` fills it"
            yield f"volume {volume.name}: was recreated by hand, it is not the one with the data; {cure}"


def strangers(topology: Topology, daemon: Daemon) -> Iterator[str]:
    """Containers of no stack on a network of ours, or with a port open to the Internet."""
    ours = {topology.network.name, *(topology.network.private(each) for each in topology.enabled if each.private)}
    for container in daemon.running():
        if container.labels.get(STACK) == topology.stack:
            continue
        for network in sorted(ours.intersection(container.networks)) if not container.service else ():
            yield f"container {container.name}: is on {network}, and no stack of ours made it"
        for binding in container.asked:
            if not binding.address.startswith("127."):
                yield f"container {container.name}: publishes port {binding.port or '(any)'} to everybody"
