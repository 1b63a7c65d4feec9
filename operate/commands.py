"""The commands, one a function. Each reads as what it does for the operator; the work is done next door."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from operate import certificates, history, report, volumes
from operate.daemon import service_of
from operate.errors import OperatorError
from operate.machine import Machine
from operate.prepare import console, prepare, reach, show

if TYPE_CHECKING:
    from operate.stack import Stack


def status(stack: Stack) -> int:
    """Show what really runs; 1 if anything is unhealthy or missing."""
    daemon = reach(stack)
    found = report.conditions(stack.topology, daemon)
    show(report.services_table(stack.topology, found))
    show(report.sites_table(stack.topology, found, certificates.days_left(stack.topology)))
    for trouble in report.troubles(found):
        console.print(f"[red]{trouble}[/red]", soft_wrap=True)
    for line in report.behind(stack.topology, found, history.read(daemon.machine.files(stack.root))):
        console.print(f"[yellow]{line}[/yellow]", soft_wrap=True)
    return 0 if all(condition.fine for condition in found) else 1


def logs(stack: Stack, service: str, *, follow: bool, lines: int) -> int:
    """Show the log of a service's running copy, or of its last one."""
    known = [stack.topology.proxy.name, *(spec.name for spec in stack.topology.services)]
    if service not in known:
        raise OperatorError(f"SERVICE={service}: there is no such service; known are {', '.join(known)}")
    daemon = reach(stack)
    copies = [found for found in daemon.containers() if service_of(found) == service]
    if not copies:
        raise OperatorError(f"{service}: has no container; `make up` makes it")
    copies.sort(key=lambda found: (found["State"]["Running"], found["Created"]))
    command = ["docker", "logs", "--tail", str(lines), *(["--follow"] if follow else []), copies[-1]["Id"]]
    return subprocess.run(daemon.machine.argv(command), check=False).returncode


def show_history(stack: Stack, service: str | None) -> int:
    """Show what happened to the services of the host, newest last."""
    show(history.table(history.read(Machine(stack.topology.host).files(stack.root)), service))
    return 0


def down(stack: Stack, *, yes: bool) -> int:
    """Remove the containers and the network. The data stays."""
    engine, daemon = prepare(stack, images=False)
    confirmed = ["--yes"] if yes or not sys.stdin.isatty() else []
    code = engine.run("destroy", *confirmed, "--suppress-outputs").code
    kept = daemon.volumes()
    if not code and kept:
        console.print(f"The data is kept: volumes {', '.join(kept)}. `make delete-data` removes it.")
    return code


def delete_data(stack: Stack, *, confirm: str) -> int:
    """Remove the stack's volumes and its state, once nothing runs any more."""
    if confirm != stack.name:
        raise OperatorError(
            f"CONFIRM={confirm}: this removes all data of {stack.name} for good; repeat it with CONFIRM={stack.name}"
        )
    engine, daemon = prepare(stack, images=False)
    running = [service_of(found) for found in daemon.containers()]
    if running:
        raise OperatorError(f"{', '.join(sorted(running))}: still there; run `make down` first")
    volumes.sweep(daemon)
    for volume in daemon.volumes():
        daemon.docker("volume", "rm", volume)
        console.print(f"volume {volume}: removed")
    engine.forget()
    return 0


def environment(stack: Stack) -> int:
    """Print what a plain `pulumi` needs, for `eval`."""
    for key in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_PARALLEL"):
        if key in stack.environment and key not in os.environ:
            print(f"export {key}='{stack.environment[key]}'")
    return 0
