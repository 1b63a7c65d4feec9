"""`make status`: what really runs, from the host and its sites alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import history
from operate.engine.pulumi import Engine
from operate.inspect import certificates, health
from operate.prepare import reach, tell_mistakes
from operate.terminal import console, show

if TYPE_CHECKING:
    from operate.stack import Stack


def status(stack: Stack) -> int:
    """Show what really runs; 1 if anything is unhealthy or missing, or the stack file has mistakes."""
    wrong = tell_mistakes(stack)
    daemon = reach(stack)
    if wrong:
        show(health.services_table(stack.name, health.as_docker_says(daemon)))
        return 1
    found = health.conditions(stack.topology, daemon)
    show(health.services_table(stack.name, found))
    show(health.sites_table(stack.topology, found, certificates.days_left(stack.topology)))
    for line in stack.stopped:
        console.print(line, soft_wrap=True, markup=False)
    for trouble in health.troubles(found):
        console.print(f"[red]{trouble}[/red]", soft_wrap=True)
    known = history.read(daemon.machine.files(stack.root))
    for line in health.behind(stack.topology, found, known, Engine(stack).last_failure):
        console.print(f"[yellow]{line}[/yellow]", soft_wrap=True)
    return 0 if all(condition.fine for condition in found) else 1
