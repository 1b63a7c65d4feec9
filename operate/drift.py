"""`make drift`: where the host differs from what the last run left there, as far as one can see. Nothing is changed.

The engine's refresh reads back much of a container, but not its variables, its labels, its networks or its mounts; here
they are compared. And what nobody asked for is looked for as well: containers, listeners, other addresses in the DNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from components.labels import SERVICE, STACK
from config.topology import SshHost
from operate import certificates, doctor
from operate.finding import BAD
from operate.prepare import console, prepare
from operate.repair import CONTAINER, examine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.topology import Topology
    from operate.daemon import Daemon
    from operate.stack import Stack

JSON = dict[str, Any]
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105  the engine's mark of an encrypted value in its state


def drift(stack: Stack) -> int:
    """Show every difference, one a line; 1 if there is one."""
    engine, daemon = prepare(stack, images=False)
    state = engine.state()
    found = [
        *examine(stack, state, daemon).reasons,
        *containers(state, {copy["Id"]: copy for copy in daemon.containers()}),
        *strangers(stack.topology, daemon),
    ]
    if isinstance(stack.topology.host, SshHost):
        # Of records in a zone that the stack has, the zone itself was asked.
        names = [] if stack.topology.dns else doctor.names(stack.topology)
        found += [
            f"DNS {finding.what.split()[-1]}: {finding.seen}; {finding.cure}"
            for finding in names
            if finding.verdict == BAD
        ]
        found += certificates.troubles(stack.topology)
    # Nothing that is said above is repaired by it; it shows what the program itself would change.
    planned = engine.run("preview", "--refresh", "--suppress-outputs")
    if planned.operations and not planned.code:
        found.append("the plan above is not empty: `make up` carries it out")
    for line in dict.fromkeys(found):
        console.print(f"[yellow]•[/yellow] {escape(line)}", soft_wrap=True)
    if planned.code:
        return planned.code
    console.print(f"{stack.name}: {'differs from what was deployed' if found else 'as it was deployed'}.")
    return 1 if found else 0


def containers(state: JSON, there: Mapping[str, JSON]) -> Iterator[str]:
    """What somebody changed on a container that the engine does not read back."""
    for resource in state.get("resources", []):
        copy = there.get(str(resource.get("id")))
        if resource["type"] != CONTAINER or resource.get("delete") or copy is None:
            continue
        name = copy["Name"].lstrip("/")
        wanted, config = resource["inputs"], copy["Config"]
        yield from _variables(name, wanted.get("envs", []), config.get("Env") or [])
        labels = {entry["label"]: entry["value"] for entry in wanted.get("labels", []) if isinstance(entry, dict)}
        for label, value in labels.items():
            if config["Labels"].get(label) != value:
                yield f"container {name}: its label {label} is {config['Labels'].get(label)!r} instead of {value!r}"
        if str(config["Image"]) != str(wanted.get("image")):
            yield f"container {name}: runs {config['Image']} instead of {wanted.get('image')}"
        attached = {network["NetworkID"] for network in copy["NetworkSettings"]["Networks"].values()}
        asked = {network["name"] for network in wanted.get("networksAdvanced", [])}
        for network, found in copy["NetworkSettings"]["Networks"].items():
            if found["NetworkID"] not in asked and network not in asked:
                yield f"container {name}: is on the network {network} besides"
        if copy["State"]["Running"] and asked and not asked & (attached | set(copy["NetworkSettings"]["Networks"])):
            yield f"container {name}: is not on its network"


def _variables(name: str, wanted: object, found: list[str]) -> Iterator[str]:
    """A secret's value is encrypted in the state; of those only the others are compared."""
    if not isinstance(wanted, list) or any(isinstance(entry, dict) and SECRET in entry for entry in wanted):
        return
    asked = dict(str(entry).partition("=")[::2] for entry in wanted)
    there = dict(entry.partition("=")[::2] for entry in found)
    for key, value in asked.items():
        if there.get(key) != value:
            yield f"container {name}: its variable {key} differs"


def strangers(topology: Topology, daemon: Daemon) -> Iterator[str]:
    """Containers of nobody on our network, or with a port open to everybody."""
    ids = daemon.docker("ps", "--quiet", "--no-trunc").split()
    for copy in daemon.inspect("container", ids):
        labels = copy["Config"]["Labels"] or {}
        name = copy["Name"].lstrip("/")
        if labels.get(STACK) == topology.stack:
            continue
        if topology.network.name in copy["NetworkSettings"]["Networks"] and SERVICE not in labels:
            yield f"container {name}: is on {topology.network.name}, and no stack of ours made it"
        for binding in copy["HostConfig"]["PortBindings"] or {}:
            for port in copy["HostConfig"]["PortBindings"][binding] or []:
                if not str(port.get("HostIp") or "").startswith("127."):
                    yield f"container {name}: publishes port {port.get('HostPort') or '(any)'} to everybody"
