"""Addresses and networks of the stack file, each as the kernel spells it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from config.values.errors import Mistake, shown

if TYPE_CHECKING:
    from collections.abc import Callable

AnyAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"({BYTE}\.){{3}}{BYTE}"
IPV6 = "[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
"""For editors, which tell an address from a name; `ipaddress` is what decides."""


def address(text: str) -> str:
    """Check an address that something may listen on, and spell it as the kernel does; `Mistake` if it is none."""
    cure = "write an IP address of the host, such as 127.0.0.1, or 0.0.0.0 for all"
    return _spelled(text, ipaddress.ip_address, _one_machines, "an address", cure)


def ipv4(text: str) -> str:
    """Check an IPv4 address at which a server may be reached; `Mistake` if it is none."""
    cure = "write the server's public IPv4 address; the sites' A records point to it"
    return _spelled(text, ipaddress.IPv4Address, _a_servers, "an IPv4 address", cure)


def ipv6(text: str) -> str:
    """Check an IPv6 address at which a server may be reached; `Mistake` if it is none."""
    cure = "write the server's public IPv6 address, or leave it out"
    return _spelled(text, ipaddress.IPv6Address, _a_servers, "an IPv6 address", cure)


def source(text: str) -> str:
    """Check an address or a network that packets may come from, and spell it as the kernel does."""
    cure = "write an address or a network, such as 203.0.113.5 or 2001:db8::/64"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Mistake(f"{shown(text)} is neither an address nor a network", cure) from None
    if isinstance(network, ipaddress.IPv6Network):
        if network.network_address.scope_id:
            raise Mistake(f"{shown(text)} names an interface", "leave out what stands after %")
        if network.network_address.ipv4_mapped:
            raise Mistake(f"{shown(text)} is never seen on the wire", f"write {network.network_address.ipv4_mapped}")
    alone = network.prefixlen == network.max_prefixlen
    if not alone and ipaddress.ip_address(text.partition("/")[0]) != network.network_address:
        raise Mistake(f"{shown(text)} is an address with a network's length", f"write {network} for the whole network")
    return str(network.network_address if alone else network)


def _spelled(
    text: str, read: Callable[[str], AnyAddress], fitting: Callable[[AnyAddress], AnyAddress], what: str, cure: str
) -> str:
    try:
        return str(fitting(read(text)))
    except ValueError:
        raise Mistake(f"{shown(text)} is not {what}", cure) from None


def _one_machines(address: AnyAddress) -> AnyAddress:
    """The address; ValueError if no machine can have it: a group's, everybody's, one of a link that it names."""
    if address.is_multicast:
        raise ValueError(address)
    if address.scope_id if isinstance(address, ipaddress.IPv6Address) else address.is_reserved:
        raise ValueError(address)
    return address


def _a_servers(address: AnyAddress) -> AnyAddress:
    """The address; ValueError if no other machine could reach a server at it."""
    # A machine of one's own may stand behind 127.0.0.1, as virtual ones do; over IPv6 none does.
    own = isinstance(address, ipaddress.IPv6Address) and (address.is_link_local or address.is_loopback)
    if address.is_unspecified or own:
        raise ValueError(address)
    return _one_machines(address)
