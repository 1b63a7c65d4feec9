"""Whether the operator's accounts elsewhere let the stack in: at registries, at Cloudflare. No secret is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.topology.model import SshHost
from config.topology.records import TOKEN
from config.values.errors import Mistake, StackError
from host.errors import OperatorError
from operate.engine.pulumi import Engine
from operate.inspect.finding import ADVICE, BAD, GOOD, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from config.topology.model import Topology
    from config.topology.registries import Registry
    from operate.stack import Stack


def registries(topology: Topology, secret: Callable[[str], str], stack: str) -> Iterator[Finding]:
    """Whether each registry lets its user in. Asked from here; the host asks by itself when it pulls."""
    if not topology.registries:
        return
    # What asks registries takes a while to import, and most stacks have no private image.
    from clients.registry import loopback  # noqa: PLC0415

    for registry in topology.registries:
        what = f"registry {registry.host}"
        if isinstance(topology.host, SshHost) and loopback(registry.host):
            yield Finding(what, ADVICE, "is on the server itself, not asked from here", "`make up` asks it")
            continue
        try:
            yield log_in(what, registry, secret(registry.secret), stack)
        except OperatorError as error:
            yield Finding(what, BAD, "its password cannot be read", str(error))


def log_in(what: str, registry: Registry, password: str, stack: str) -> Finding:
    """Whether a registry lets its user in with that password."""
    from clients.registry import Refused, lets_in  # noqa: PLC0415  as above

    try:
        asked = lets_in(registry, password)
    except Refused as refused:
        cure = f"make a token that may read packages; then: make secrets STACK={stack} ROTATE={registry.secret}"
        return Finding(what, BAD, refused.problem, cure)
    except Mistake as mistake:
        return Finding(what, ADVICE, mistake.problem, mistake.cure)
    if not asked:
        return Finding(
            what, ADVICE, f"does not ask who {registry.user} is", "`make up` shows whether it gives its images"
        )
    return Finding(what, GOOD, f"lets {registry.user} in")


def cloudflare(stack: Stack) -> Iterator[Finding]:
    """Whether the token opens the zone. That it may write there too is seen when a record is made."""
    if stack.topology.dns is None:
        return
    # What asks Cloudflare takes a while to import, and no command of a stack without a zone needs it.
    from clients.cloudflare import Unavailable, look  # noqa: PLC0415

    try:
        zone = look(stack.topology.dns.zone, Engine(stack).secret(TOKEN))
    except (StackError, OperatorError) as error:
        yield Finding("Cloudflare", BAD, "does not open the zone", str(error))
    except Unavailable as error:
        yield Finding("Cloudflare", ADVICE, str(error), "only records wait for it")
    else:
        yield Finding("Cloudflare", GOOD, f"the token opens {zone.name}")
