"""What has to be put right before or with the next run, because the host is not as the last run left it.

The engine believes its state; a container that was stopped by hand, or a run that was killed, is not in it. So before a
run the host is read, and what differs becomes options of that run: it then stands in the plan like any other change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config.topology.records import TOKEN
from host.errors import OperatorError
from host.names import COMMAND, CONTAINER, IMAGE, NETWORK, RECORD, RULESET, SCRIPTS, TIMER, VOLUME, Role
from host.run import last_line
from operate.engine.failures import DISK_FULL, full_folder
from operate.engine.pulumi import Engine
from operate.inspect import backups, deployed_on, proxy_config
from operate.inspect.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from host.daemon import Daemon
    from host.docker_objects import Container
    from host.identity import Identity
    from operate.engine.state import Resource, State
    from operate.stack import Stack

INSPECTED = {CONTAINER: "container", NETWORK: "network", IMAGE: "image", VOLUME: "volume"}


@dataclass
class Repair:
    """What the next run needs beyond the program."""

    reasons: list[Reason] = field(default_factory=list)
    """What was found, for the operator."""
    refresh: bool = False
    """The engine has to read the host first: what it recorded is gone or was changed."""
    replace: set[str] = field(default_factory=set)
    """URNs of rollouts and deliveries to be run again."""
    orphans: list[tuple[str, str]] = field(default_factory=list)
    """(kind, id) of what has to go first, such as what a killed run made and did not record."""
    paused: list[str] = field(default_factory=list)
    """Ids of containers that were paused by hand."""
    blind: list[str] = field(default_factory=list)
    """Ids of proxies whose folder is gone. They end before the run that replaces them: a new one could not be tried out
    beside them, nor could they be given a config."""
    pending: bool = False
    """A killed run left operations whose end the engine does not know."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What the scripts keep on the host."""
    daemon: Identity | None = None
    """The daemon of this machine that the state was made with; None on a server, or if that is not known."""

    @property
    def first(self) -> bool:
        """Whether something is done before the engine's run, which no plan shows."""
        return bool(self.orphans or self.paused)

    def arguments(self) -> list[str]:
        """Options of `pulumi up` and `pulumi preview`."""
        urns = [option for urn in sorted(self.replace) for option in ("--replace", urn)]
        return [*(["--refresh"] if self.refresh else []), *urns]


def examine(stack: Stack, state: State, daemon: Daemon) -> Repair:
    """Compare the recorded state with the host. Changes nothing."""
    repair = Repair(
        pending=state.pending,
        files=daemon.machine.files(stack.root),
        daemon=deployed_on.of_state(state),
    )
    if repair.pending:
        repair.reasons.append(
            Reason("the last run was cut short, its last operations have no known end", "looked up first")
        )
    resources = state.resources
    containers = {found.id: found for found in daemon.containers()}
    _find_orphans(repair, state.everything, containers, daemon)
    _find_missing(repair, resources, containers, daemon)
    if resources:
        _find_changed(repair, resources, containers)
        _find_stale_files(repair, stack, resources, daemon, containers)
        _find_open_firewall(repair, stack, resources, daemon)
        _find_no_timer(repair, stack, resources, daemon)
        _find_changed_records(repair, stack, resources)
    return repair


def _find_changed_records(repair: Repair, stack: Stack, resources: Sequence[Resource]) -> None:
    recorded = [found for found in resources if found.type == RECORD and found.id]
    if stack.topology.dns and recorded:
        # What asks Cloudflare takes a while to import, and most stacks have no zone.
        from operate.inspect import dns_records  # noqa: PLC0415

        reasons = dns_records.changed(recorded, Engine(stack).secret(TOKEN))
        repair.reasons += reasons
        repair.refresh |= bool(reasons)


def _find_open_firewall(repair: Repair, stack: Stack, resources: Sequence[Resource], daemon: Daemon) -> None:
    """A ruleset that the kernel does not have any more, or has otherwise than it was loaded.

    OperatorError if that cannot be found out, as on a full disk: it is not a change by hand.
    """
    loaded = next((found for found in resources if found.urn.endswith(f"::{RULESET}")), None)
    if loaded is None or "bin/firewall.sh" not in repair.files:
        return
    script = ["sh", f"{stack.root}/bin/firewall.sh", "check"]
    answer = daemon.machine.run(script, stdin=loaded.given or "")
    if answer.returncode:
        said = last_line(answer.stderr, "no answer").removeprefix("firewall: ")
        raise OperatorError(full_folder("firewall", stack.topology) if DISK_FULL.search(said) else f"firewall: {said}")
    if answer.stdout.strip() != "same":
        repair.replace.add(loaded.urn)
        repair.reasons.append(Reason("firewall: the server's ruleset was changed by hand", "loaded again"))


def _find_no_timer(repair: Repair, stack: Stack, resources: Sequence[Resource], daemon: Daemon) -> None:
    recorded = next((found for found in resources if found.urn.endswith(f"::{TIMER}")), None)
    if recorded and not backups.timer_is_there(daemon.machine, stack.root):
        repair.replace.add(recorded.urn)
        repair.reasons.append(Reason("backups: their timer is missing on the host", "recreated"))


def _find_orphans(
    repair: Repair, resources: Sequence[Resource], containers: dict[str, Container], daemon: Daemon
) -> None:
    known = {found.id for found in resources}
    names = {found.called for found in resources if found.type == CONTAINER}
    for id_, container in containers.items():
        if id_ not in known:
            repair.orphans.append(("container", id_))
            by = "by hand, under the name of ours" if container.name in names else "by a run that was cut short"
            repair.reasons.append(Reason(f"container {container.name}: made {by}", "removed"))
        elif container.paused:
            repair.paused.append(id_)
            repair.reasons.append(Reason(f"container {container.name}: paused by hand", "unpaused"))
    for network in daemon.networks():
        if network.id not in known and network.empty:
            repair.orphans.append(("network", network.id))
            repair.reasons.append(Reason(f"network {network.name}: made by a run that was cut short", "removed"))


def _find_missing(
    repair: Repair, resources: Sequence[Resource], containers: dict[str, Container], daemon: Daemon
) -> None:
    for resource in resources:
        kind = INSPECTED.get(resource.type)
        if kind is None or not resource.id:
            continue
        reference = resource.image_id if resource.type == IMAGE else resource.id
        there = resource.id in containers if kind == "container" else daemon.exists(kind, reference)
        if not there:
            repair.refresh = True
            repair.reasons.append(Reason(f"{kind} {resource.called}: missing on the host", "recreated"))


def _find_changed(repair: Repair, resources: Sequence[Resource], containers: dict[str, Container]) -> None:
    for recorded, found in _recorded(resources, containers):
        name = found.name
        if recorded.half_made:
            # The engine would take a second try for a success, without doing anything.
            repair.replace.add(recorded.urn)
            repair.reasons.append(Reason(f"container {name}: created only in part", "recreated"))
            continue
        if _changed_by_hand(recorded, found):
            repair.refresh = True
            repair.reasons.append(Reason(f"container {name}: changed by hand", "set back"))
        if found.running and recorded.asked.networks - {*found.networks, *found.networks.values()}:
            repair.replace.add(recorded.urn)
            repair.reasons.append(Reason(f"container {name}: not on the network any more", "recreated"))


def _changed_by_hand(recorded: Resource, found: Container) -> bool:
    return (
        found.memory != recorded.memory
        or found.restart != recorded.restart
        or found.name != recorded.called
        # The proxy; a service's container is started by its rollout.
        or (recorded.must_run and not found.running)
    )


def _recorded(resources: Sequence[Resource], containers: dict[str, Container]) -> Iterator[tuple[Resource, Container]]:
    for resource in resources:
        if resource.type == CONTAINER and resource.id in containers:
            yield resource, containers[resource.id]


def _find_stale_files(
    repair: Repair, stack: Stack, resources: Sequence[Resource], daemon: Daemon, containers: dict[str, Container]
) -> None:
    """Rollouts whose container does not serve, and the proxy's config if it is not the one that was delivered."""
    commands = {found.name: found for found in resources if found.type == COMMAND}
    proxy = stack.topology.proxy.name
    for recorded, found in _recorded(resources, containers):
        service = found.service
        rollout = commands.get(Role.ROLLOUT.of(service))
        if rollout is None:
            continue
        pointed = repair.files.get(f"proxy/releases/{service}", "").rsplit(":", 1)[0]
        if not found.running:
            repair.replace.add(rollout.urn)
            repair.reasons.append(Reason(f"{service}: {recorded.called} does not run", "started again"))
        elif pointed != found.name:
            repair.replace.add(rollout.urn)
            repair.reasons.append(
                Reason(f"{service}: the proxy does not point at the running container", "pointed at it again")
            )
    if SCRIPTS in commands and "bin/lib.sh" not in repair.files:
        repair.replace |= {found.urn for found in commands.values()}
        repair.reasons.append(Reason(f"{stack.root}: missing on the host", "recreated"))
        if not any(path.startswith("proxy/") for path in repair.files):
            # A mount goes on showing a folder that was deleted: only a new container sees the new one.
            ours = _recorded(resources, containers)
            blind = {resource.urn: found.id for resource, found in ours if found.service == proxy}
            repair.replace |= set(blind)
            repair.blind += blind.values()
    elif Role.CONFIG.of(proxy) in commands:
        recorded = commands[Role.CONFIG.of(proxy)]
        if reason := proxy_config.stale(stack, recorded, repair.files, daemon, containers.values()):
            repair.reasons.append(reason)
            repair.replace.add(recorded.urn)
