"""`make alert-test`: one message by every way out, so that it is known before it is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from config.catalog.watch import ALERTMANAGER
from host.errors import OperatorError
from host.inside.session import attached
from operate.inspect.current import current
from operate.terminal import console

if TYPE_CHECKING:
    from operate.stack import Stack

SECONDS = 60
"""After which the message is over, and a second one says so."""
NAME = "Trial"


def alert_test(stack: Stack) -> int:
    """Hand Alertmanager an alert, as Prometheus does."""
    watch = stack.topology.watch
    if watch is None:
        raise OperatorError("watch.tell: is missing, so no message could be sent; add who is told (docs/watching.md)")
    daemon, container = current(stack, ALERTMANAGER.name)
    ends = (datetime.now(UTC) + timedelta(seconds=SECONDS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = [
        "amtool", f"--alertmanager.url=http://127.0.0.1:{ALERTMANAGER.port}", "alert", "add", f"alertname={NAME}",
        f"stack={stack.name}", f"--end={ends}", "--annotation=summary=this is a trial, and nothing is wrong",
        "--annotation=help=nothing has to be done",
    ]  # fmt: skip
    code = attached(daemon.machine, container.id, line)
    if code:
        raise OperatorError(f"{ALERTMANAGER.name}: takes no alert; `make logs SERVICE={ALERTMANAGER.name}` shows why")
    ways = ", ".join(type(each).__name__.lower() for each in watch.receivers)
    said = f"A message is on its way by {ways}, and a minute later one that it is over. If it does not arrive: "
    console.print(
        f"{said}make logs STACK={stack.name} SERVICE={ALERTMANAGER.name}", soft_wrap=True, markup=False, highlight=False
    )
    return 0
