"""The commands, one a function. Each reads as what it does for the operator; the work is done next door."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from operate import certificates, history, identity, moved, report, volumes
from operate.daemon import service_of
from operate.engine import Engine
from operate.errors import Interrupted, OperatorError
from operate.machine import Machine
from operate.prepare import agreed, console, prepare, reach, show, tell_mistakes

if TYPE_CHECKING:
    from operate.daemon import Daemon
    from operate.stack import Stack

ADVICE = re.compile(rb"The resources in the stack have been deleted, but .*?pulumi stack rm [^\n]*\r?\n", re.DOTALL)
"""What Pulumi says after a `destroy`. To follow it would leave volumes that no state knows."""


def status(stack: Stack) -> int:
    """Show what really runs; 1 if anything is unhealthy or missing, or the stack file has mistakes."""
    wrong = tell_mistakes(stack)
    daemon = reach(stack)
    if wrong:
        show(report.services_table(stack.name, report.as_docker_says(daemon)))
        return 1
    found = report.conditions(stack.topology, daemon)
    show(report.services_table(stack.name, found))
    show(report.sites_table(stack.topology, found, certificates.days_left(stack.topology)))
    for trouble in report.troubles(found):
        console.print(f"[red]{trouble}[/red]", soft_wrap=True)
    known = history.read(daemon.machine.files(stack.root))
    for line in report.behind(stack.topology, found, known, Engine(stack).last_failure):
        console.print(f"[yellow]{line}[/yellow]", soft_wrap=True)
    return 0 if all(condition.fine for condition in found) else 1


def logs(stack: Stack, service: str, *, follow: bool, lines: int) -> int:
    """Show the log of a service's running copy, or of its last one."""
    wrong = tell_mistakes(stack)
    if not wrong:
        _refuse_unknown(service, names(stack))
    daemon = reach(stack)
    containers = daemon.containers()
    if wrong:
        _refuse_unknown(service, sorted({service_of(found) for found in containers}))
    copies = [found for found in containers if service_of(found) == service]
    if not copies:
        raise OperatorError(f"{service}: has no container; `make up` makes it")
    copies.sort(key=lambda found: (found["State"]["Running"], found["Created"]))
    command = ["docker", "logs", "--tail", str(lines), *(["--follow"] if follow else []), copies[-1]["Id"]]
    try:
        return subprocess.run(daemon.machine.argv(command), check=False).returncode
    except Interrupted:
        # How one stops following.
        return 0


def show_history(stack: Stack, service: str | None) -> int:
    """Show what happened to the services of the host, newest last."""
    wrong = tell_mistakes(stack)
    known = history.read(Machine(stack.host).files(stack.root))
    if service is not None:
        # One that the stack file does not name any more has a history, too.
        _refuse_unknown(service, [*([] if wrong else names(stack)), *(record["service"] for record in known)])
    show(history.table(known, service))
    return 0


def names(stack: Stack) -> list[str]:
    """The proxy and the services, as the spec calls them."""
    return [stack.topology.proxy.name, *(spec.name for spec in stack.topology.services)]


def _refuse_unknown(service: str, known: list[str]) -> None:
    if service not in known:
        there = ", ".join(dict.fromkeys(known)) or "none"
        raise OperatorError(f"SERVICE={service}: there is no such service; known are {there}")


def down(stack: Stack, *, yes: bool) -> int:
    """Remove the containers and the network. The data stays."""
    engine, daemon = prepare(stack, images=False)
    moved.refuse(engine.state(), stack, daemon)
    if not (yes or not sys.stdin.isatty()):
        planned = engine.run("destroy", "--preview-only", "--suppress-outputs")
        if planned.code:
            return planned.code
        if planned.operations and not agreed(f"Remove all of this from {stack.name}?"):
            console.print("Nothing was changed.")
            return 1
    code = engine.run("destroy", "--yes", "--skip-preview", "--suppress-outputs", without=ADVICE).code
    if not code and daemon.identity:
        identity.drop(stack.root)
    kept = daemon.volumes()
    if not code and kept:
        console.print(f"The data is kept: volumes {', '.join(kept)}. `make delete-data` removes it.")
    return code


def delete_data(stack: Stack, service: str | None, *, confirm: str) -> int:
    """Remove the stack's volumes and its state, once nothing runs any more; or the volumes of one service."""
    if service is not None:
        _refuse_unknown(service, [spec.name for spec in stack.topology.services])
    if confirm != stack.name:
        what = f"all data of {service or stack.name} for good"
        raise OperatorError(f"CONFIRM={confirm}: this removes {what}; repeat it with CONFIRM={stack.name}")
    engine, daemon = prepare(stack, images=False)
    moved.refuse(engine.state(), stack, daemon)
    if service is not None:
        return _delete_data_of(stack, service, daemon)
    running = [service_of(found) for found in daemon.containers()]
    if running:
        raise OperatorError(f"{', '.join(sorted(running))}: still there; run `make down` first")
    volumes.sweep(daemon)
    for volume in daemon.volumes():
        daemon.docker("volume", "rm", volume)
        console.print(f"volume {volume}: removed")
    engine.forget()
    if daemon.identity:
        identity.drop(stack.root)
    return 0


def _delete_data_of(stack: Stack, service: str, daemon: Daemon) -> int:
    """Remove the volumes of a service that does not run; the next `up` makes them again, empty."""
    copies = [found for found in daemon.containers() if service_of(found) == service]
    if any(found["State"]["Running"] for found in copies):
        raise OperatorError(f"{service}: it runs, so its data is in use; stop its container first if it is of no use")
    spec = next(spec for spec in stack.topology.services if spec.name == service)
    there = daemon.volumes()
    gone = [volume.name for volume in spec.volumes if volume.name in there]
    if not gone:
        raise OperatorError(f"{service}: it has no volume on the host; there is nothing to remove")
    volumes.sweep(daemon)
    if copies:
        daemon.docker("rm", *(found["Id"] for found in copies))
    for volume in gone:
        daemon.docker("volume", "rm", volume)
        console.print(f"volume {volume}: removed; `make up` makes it again, empty")
    return 0


def environment(stack: Stack) -> int:
    """Print what a plain `pulumi` needs, for `eval`."""
    for key in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_PARALLEL"):
        if key in stack.environment and key not in os.environ:
            print(f"export {key}='{stack.environment[key]}'")
    return 0
