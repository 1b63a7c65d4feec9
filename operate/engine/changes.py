"""What a plan changes, in words: sites, images, memory, variables, records, what the firewall lets in.

From the old and the new inputs that the engine shows of each resource, so that it says neither more nor less than the
plan itself. A value that is secret is never in it: the engine shows none, and what only looks like one is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.render import caddy_sites, nftables
from config.topology.service import ORDERS_BEFORE
from host.names import COMMAND, CONTAINER, NO_FIREWALL, RECORD, RULESET, TIMER, VOLUME, Role
from operate.engine import container_changes
from operate.engine.container_changes import ADDED, CHANGED, REMOVED, Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

JSON = dict[str, Any]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes in the place of a value that is known only after other resources are made."""
SETTINGS = {"order", "start", "settle", "drain", "stop", "readiness"}
"""Lines of a rollout's plan that say how it is done, and not to what."""


@dataclass(frozen=True)
class Step:
    """One resource that a plan changes."""

    type: str
    name: str
    old: JSON
    """Its inputs as they were recorded; empty if it is new."""
    new: JSON
    """Its inputs as they are to be; empty if it goes. What is not known yet is not in it."""
    keys: frozenset[str]
    """Inputs that differ, those whose values are not shown too."""


def steps(events: Iterable[JSON]) -> list[Step]:
    """Every resource that the events of a preview change. A replacement's several events are one step."""
    found: dict[tuple[str, str], tuple[JSON, JSON, set[str]]] = {}
    for event in events:
        metadata = (event.get("resourcePreEvent") or {}).get("metadata") or {}
        if metadata.get("op", "same") in {"same", "read", "refresh"}:
            continue
        key = (metadata["type"], metadata["urn"].rsplit("::", 1)[1])
        old, new, keys = found.setdefault(key, ({}, {}, set()))
        old.update(_inputs(metadata.get("old")))
        if metadata["op"] not in {"delete", "delete-replaced"}:
            new.update(_inputs(metadata.get("new")))
        keys.update(name.split(".")[0].split("[")[0] for name in metadata.get("detailedDiff") or ())
        keys.update(metadata.get("diffs") or ())
    return [Step(*key, old, new, frozenset(keys)) for key, (old, new, keys) in found.items()]


def changes(planned: Iterable[Step]) -> list[Change]:
    """What the plan changes, sites first."""
    lines = [line for step in planned for line in _words(step)]
    return sorted(dict.fromkeys(lines), key=lambda line: line.rank)


def _inputs(state: JSON | None) -> JSON:
    inputs: JSON = (state or {}).get("inputs") or {}
    return {key: value for key, value in inputs.items() if value != UNKNOWN}


def _words(step: Step) -> Iterator[Change]:
    if step.type == CONTAINER:
        yield from container_changes.words(step.name, step.old, step.new, step.keys)
    elif step.type == RECORD:
        yield from _record(step.old, step.new)
    elif step.type == VOLUME:
        what = "is made, empty" if step.new else "is no more of the stack; it stays on the host with its data"
        if not (step.old and step.new):
            yield Change(ADDED if step.new else REMOVED, f"volume {step.name}", what, rank=3)
    elif step.type == COMMAND:
        yield from _command(step)


def _command(step: Step) -> Iterator[Change]:
    old, new = (str(inputs.get("stdin") or "") for inputs in (step.old, step.new))
    for ending, words in _COMMANDS.items():
        if step.name.endswith(ending):
            yield from words(step.name.removesuffix(ending), old, new)


def _sites(_: str, old: str, new: str) -> Iterator[Change]:
    before, after = (caddy_sites.sites(text) if text else {} for text in (old, new))
    for site in sorted(before.keys() | after.keys()):
        subject = site if site.startswith("port ") else f"site {site}"
        if site not in before:
            yield Change(ADDED, subject, f"opens → {after[site]}", rank=0)
        elif site not in after:
            visitors = "nothing answers there from then on"
            yield Change(REMOVED, subject, f"closes (was {before[site]})", rank=0, visitors=visitors)
        elif before[site] != after[site]:
            what = f"{before[site]} → {after[site]}"
            yield Change(CHANGED, subject, what, rank=0, visitors=_closing(before[site], after[site]))
    same = before == after and old and new
    if same and caddy_sites.without_addresses(old) != caddy_sites.without_addresses(new):
        yield Change(CHANGED, "proxy", "new config; the same sites for the same visitors", rank=2)


def _closing(before: str, after: str) -> str:
    """What visitors notice of a site that stops answering, or begins to."""
    was, now = (caddy_sites.CLOSED in text for text in (before, after))
    return "" if was == now else "answers 503 from then on" if now else "is open from then on"


def _firewall(_: str, old: str, new: str) -> Iterator[Change]:
    before, after = (nftables.read(text) for text in (old, new))
    if not old:
        yield Change(ADDED, "firewall", "closes what is not listed here", rank=1)
    for key in sorted(before.keys() | after.keys()):
        gone, come = before.get(key, set()) - after.get(key, set()), after.get(key, set()) - before.get(key, set())
        yield from (Change(ADDED, f"firewall {key}", f"lets in {each}", rank=1) for each in sorted(come))
        yield from (Change(REMOVED, f"firewall {key}", f"no longer lets in {each}", rank=1) for each in sorted(gone))


def _no_firewall(_: str, old: str, new: str) -> Iterator[Change]:
    if new or not old:
        yield Change(REMOVED, "firewall", "is taken away: every port that listens is open to everybody", rank=1)


def _rollout(service: str, old: str, new: str) -> Iterator[Change]:
    if not (old and new):
        return
    before, after = map(_request, (old, new))
    for key in sorted(SETTINGS):
        if before.get(key) != after.get(key):
            unit = " s" if isinstance(after.get(key), int) else ""
            yield Change(CHANGED, service, f"rollout {key} {before.get(key)}{unit} → {after.get(key)}{unit}", rank=2)


def _timer(_: str, old: str, new: str) -> Iterator[Change]:
    """Its input has a password, and is not told."""
    if old and new:
        yield Change(CHANGED, "backups", "the timer gets new orders: what, where to, when or for how long", rank=5)
    elif new:
        yield Change(ADDED, "backups", "the host makes them by itself from now on", rank=5)
    elif old:
        yield Change(REMOVED, "backups", "the host makes none by itself any more; those that there are stay", rank=5)


def _request(text: str) -> JSON:
    """What a rollout was asked to do. Before 0.4 it was one `key=value` a line, with other words for the order."""
    if text.startswith("{"):
        request: JSON = json.loads(text)
        return request
    found = dict(line.partition("=")[::2] for line in text.splitlines())
    words = {key: int(value) if value.isdecimal() else value for key, value in found.items()}
    return {**words, "order": ORDERS_BEFORE.get(found.get("order", ""), found.get("order"))}


_COMMANDS: dict[str, Callable[[str, str, str], Iterator[Change]]] = {
    "caddy-proxy-config": _sites,
    RULESET: _firewall,
    NO_FIREWALL: _no_firewall,
    TIMER: _timer,
    f"-{Role.ROLLOUT}": _rollout,
}
"""How the name of a command's resource ends -> what its old and its new standard input mean."""


def _record(old: JSON, new: JSON) -> Iterator[Change]:
    one = new or old
    subject = f"DNS {one.get('type')} {one.get('name')}"
    before, after = (_address(inputs) for inputs in (old, new))
    if not old:
        yield Change(ADDED, subject, f"is made: {after}", rank=4)
    elif not new:
        yield Change(REMOVED, subject, f"is removed (was {before})", rank=4)
    elif before != after:
        yield Change(CHANGED, subject, f"{before} → {after}", rank=4)


def _address(record: JSON) -> str:
    return f"{record.get('content')}{' through Cloudflare' if record.get('proxied') else ''}"
