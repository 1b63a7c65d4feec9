"""`make maintenance`: a site shows a page instead of its service, and the stack file says so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from config.values.errors import did_you_mean
from host.errors import OperatorError
from operate.commands.stop import others
from operate.commands.up import up_with
from operate.stackfile import StackFile
from operate.terminal import console

if TYPE_CHECKING:
    from operate.stack import Stack


def maintenance(stack: Stack, site: str, *, on: bool, off: bool, text: str, allow: str, yes: bool) -> int:
    """Write into the stack file that a site is in maintenance, or no longer, and bring it up: the proxy's config alone.

    `text`: what its page says. `allow`: addresses, with commas between, that are let in all the same.
    """
    sites = {str(each.host): each for each in stack.topology.sites}
    if site not in sites:
        raise OperatorError(f"SITE={site}: is no site of this stack; {did_you_mean(site, sites)}")
    if on == off:
        raise OperatorError(f"SITE={site}: say which; ON=1 closes it for maintenance, OFF=1 opens it again")
    if off and (text or allow):
        raise OperatorError(f"{'TEXT' if text else 'FROM'}: is of no use with OFF=1; remove it")
    entry: dict[str, Any] | None = None
    if on:
        addresses = [each.strip() for each in allow.split(",") if each.strip()]
        entry = {**({"text": text} if text else {}), **({"allow-from": addresses} if addresses else {})}
    changed = StackFile.read(stack.file).with_maintenance(site, entry)
    stack.topology_of(changed)
    if off and sites[site].maintenance is None:
        console.print(f"{site} is in no maintenance, as {stack.file.name} says.", soft_wrap=True, markup=False)
    proxy = stack.topology.proxy.name
    remarks = partial(others, site, {"proxy", f"site {site}"})
    return up_with(stack, proxy, changed, yes=yes, remarks=remarks)
