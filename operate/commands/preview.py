"""`make preview`: what `up` would do. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operate.engine.changes import changes
from operate.plan import announce, examine, noticed, plan
from operate.prepare import prepare
from operate.terminal import answer, nothing_else

if TYPE_CHECKING:
    from operate.engine.pulumi import Engine
    from operate.inspect.repair import Repair
    from operate.stack import Stack


def preview(stack: Stack, *, diff: bool = False, as_json: bool = False) -> int:
    """Show what `up` would do. Nothing is changed. `diff`: the engine's own differences, too."""
    if as_json:
        nothing_else()
    engine, daemon = prepare(stack)
    repair = examine(stack, engine, daemon)
    if as_json:
        return _document(stack, engine, repair)
    announce([reason.offered() for reason in repair.reasons])
    return plan(stack, engine, repair, *(["--diff"] if diff else [])).code


def _document(stack: Stack, engine: Engine, repair: Repair) -> int:
    planned = engine.run("preview", "--suppress-outputs", *repair.arguments(), quiet=True)
    if planned.code:
        return planned.code
    changed = changes(planned.steps)
    answer({
        "stack": stack.name,
        "empty": not (planned.operations or repair.first),
        "repairs": [reason.offered() for reason in repair.reasons],
        "changes": [{"mark": each.mark, "subject": each.subject, "what": each.what} for each in changed],
        "visitors": [{"subject": name, "what": what} for name, what in noticed(stack, planned, repair, changed)],
        "closed": stack.closed,
    })  # fmt: skip
    return 0
