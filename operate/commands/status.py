"""`make status`: what really runs, from the host and its sites alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from host import history
from operate.engine.pulumi import Engine
from operate.inspect import ages, certificates, health
from operate.prepare import reach, tell_mistakes
from operate.terminal import answer, console, nothing_else, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.history import JSON
    from operate.stack import Stack


def status(stack: Stack, *, as_json: bool = False) -> int:
    """Show what really runs; 1 if anything is unhealthy or missing, or the stack file has mistakes."""
    if as_json:
        nothing_else()
    wrong = tell_mistakes(stack)
    daemon = reach(stack)
    if wrong:
        found = health.as_docker_says(daemon)
        if as_json:
            answer(document(stack, found, sites=[], behind=[]))
        else:
            show(health.services_table(stack.name, found), spare=health.SPARE)
        return 1
    found = health.conditions(stack.topology, daemon)
    days = certificates.days_left(stack.topology)
    known = history.read(daemon.machine.files(stack.root))
    behind = health.behind(stack.topology, found, known, Engine(stack).last_failure)
    aged = _ages(stack, known)
    if as_json:
        sites = health.sites(stack.topology, found, days)
        answer(document(stack, found, sites=sites, behind=behind, aged=aged))
    else:
        show(health.services_table(stack.name, found), spare=health.SPARE)
        show(health.sites_table(stack.topology, found, days), spare=health.SPARE)
        for each in aged:
            console.print(each.shown(), soft_wrap=True)
        for line in stack.closed:
            console.print(line, soft_wrap=True, markup=False)
        for trouble in health.troubles(found):
            console.print(f"[red]{trouble}[/red]", soft_wrap=True)
        for line in behind:
            console.print(f"[yellow]{line}[/yellow]", soft_wrap=True)
    return 0 if all(condition.fine for condition in found) else 1


def _ages(stack: Stack, known: Sequence[JSON]) -> list[ages.Age]:
    spec, now = stack.topology.backup, datetime.now(UTC)
    return [ages.backup(known, now), ages.drill(spec, known, now)] if spec else []


def document(
    stack: Stack, found: list[health.Condition], *, sites: list[JSON], behind: list[str], aged: Sequence[ages.Age] = ()
) -> JSON:
    """What `JSON=1` prints."""
    return {
        "stack": stack.name,
        "fine": not stack.mistakes and all(condition.fine for condition in found),
        "services": [condition.document() for condition in found],
        "sites": sites,
        "behind": behind,
        "backups": [{"said": each.said, "late": each.late} for each in aged],
        "mistakes": [str(mistake) for mistake in stack.mistakes],
    }
