"""The certificates that a stack's sites show, as any visitor sees them."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config.topology.model import Certificates, LocalHost, SshHost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.topology.model import SiteSpec, Topology
    from host.daemon import Daemon

SECONDS = 10
RENEWED_DAYS = 20
"""Caddy renews a certificate of 90 days when 30 are left; with less than this something is in the way."""
ACME_ERROR = re.compile(r"urn:ietf:params:acme:error:(\w+)")
VALIDITY = re.compile(rb"\x30.\x17\x0d\d{12}Z\x17\x0d(\d{12})Z", re.DOTALL)
"""X.509's Validity in DER: two UTCTimes (RFC 5280, section 4.1.2.5). Python's own parser wants a trusted chain."""
ISSUE_SECONDS = 60
"""For the authority to answer; it takes a few."""
UNKNOWN_AUTHORITY = {2, 19, 20, 21}
"""OpenSSL's numbers for a chain that ends at no authority it knows, as that of Let's Encrypt's staging does."""
CAUSES = {
    "dns": "the authority finds no address for it, or another one: make a record {host} A {address}",
    "connection": "the authority does not reach {address}: open ports 80 and 443, at the provider's firewall too",
    "rateLimited": "the authority's limit for this name is reached; it is tried again by itself",
    "caa": "a CAA record of the domain forbids this authority",
    "rejectedIdentifier": "the authority gives no certificate for this name",
}
"""What an ACME error type (RFC 8555, section 6.7) means for the operator."""


def days_left(topology: Topology) -> dict[str, float | None]:
    """For each site: days until its certificate ends; None if it shows none. Empty where Caddy's own CA signs."""
    return _shown(topology) if by_authority(topology) else {}


def by_authority(topology: Topology) -> bool:
    """Whether another authority signs than Caddy's own, whose certificates last for hours."""
    return topology.proxy.certificates is not Certificates.INTERNAL


def _shown(topology: Topology) -> dict[str, float | None]:
    """`days_left`, for every authority."""
    host, proxy = topology.host, topology.proxy
    everywhere = ipaddress.ip_address(proxy.bind_address).is_unspecified
    here = "127.0.0.1" if everywhere else proxy.bind_address
    address = host.address if isinstance(host, SshHost) else here
    # The daemon of a local stack may be one whose ports are not this machine's.
    elsewhere = isinstance(host, LocalHost) and not listens(address, proxy.https_port)
    if not topology.sites or elsewhere:
        return {}

    def ask(site: SiteSpec) -> float | None:
        return _days(address, proxy.https_port, str(site.host))

    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip((str(site.host) for site in topology.sites), pool.map(ask, topology.sites), strict=True))


def troubles(topology: Topology) -> Iterator[str]:
    """Sites whose certificate is not there, was not renewed in time, or is none that a browser trusts; a line each."""
    for host, left in days_left(topology).items():
        if left is None:
            yield f"certificate of {host}: there is none; `make logs SERVICE={topology.proxy.name}` says why"
            continue
        if left < RENEWED_DAYS:
            ends = f"ends in {left:.0f} days" if left > 0 else "has ended"
            yield f"certificate of {host}: {ends} and was not renewed"
        reason = _distrusted(topology, host)
        if reason:
            yield f"certificate of {host}: no browser trusts it ({reason})"


def _distrusted(topology: Topology, host: str) -> str:
    """Why a visitor's browser refuses a site's certificate; empty if it does not, or cannot be reached."""
    # With the authorities that httpx brings: not every Python knows its machine's.
    from httpx import create_ssl_context  # noqa: PLC0415  it takes a while, and only `make drift` asks

    address = topology.host.address if isinstance(topology.host, SshHost) else "127.0.0.1"
    try:
        with (
            socket.create_connection((address, topology.proxy.https_port), timeout=SECONDS) as plain,
            create_ssl_context().wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        tried_out = topology.proxy.certificates is Certificates.LETS_ENCRYPT_STAGING
        return "" if tried_out and error.verify_code in UNKNOWN_AUTHORITY else error.verify_message
    except OSError:
        return ""


def wait(topology: Topology, daemon: Daemon, *, seconds: float = ISSUE_SECONDS) -> dict[str, float | None]:
    """`days_left`, as soon as every site has its certificate, from any authority, or after that many seconds."""
    deadline = time.monotonic() + seconds
    said = False
    while None in (found := _shown(topology)).values() and time.monotonic() < deadline:
        if not said:
            said = True
            print("waiting for certificates", end="", flush=True)
        print(".", end="", flush=True)
        time.sleep(2)
    if said:
        print()
    for host, left in found.items():
        if left is None:
            print(f"{host}: no certificate yet: {why(topology, daemon, host)}")
    return found


def why(topology: Topology, daemon: Daemon, host: str) -> str:
    """Why a site has no certificate, from the proxy's own log."""
    log = daemon.machine.run(["docker", "logs", "--since", "10m", topology.proxy.name]).stderr
    for line in reversed(log.splitlines()):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("level") == "error" and entry.get("identifier") == host and entry.get("error"):
            return explained(str(entry["error"]), topology, host)
    return f"the authority has not answered; `make logs SERVICE={topology.proxy.name}` shows more"


def explained(error: str, topology: Topology, host: str) -> str:
    """An error of the authority in the operator's words, else in its own."""
    address = topology.host.address if isinstance(topology.host, SshHost) else ""
    found = ACME_ERROR.search(error)
    kind = found[1] if found else ""
    if "could not resolve" in error.lower():
        kind = "dns"
    if kind in CAUSES:
        return CAUSES[kind].format(host=host, address=address)
    return error.splitlines()[0][:200]


def listens(address: str, port: int) -> bool:
    """Whether a connection from this machine is accepted there."""
    try:
        with socket.create_connection((address, port), timeout=SECONDS):
            return True
    except OSError:
        return False


def _days(address: str, port: int, host: str) -> float | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Who signed it is for browsers to judge; here it is asked until when.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert(binary_form=True) or b""
    except OSError:
        return None
    found = VALIDITY.search(shown)
    if not found:
        return None
    ends = datetime.strptime(found[1].decode(), "%y%m%d%H%M%S").replace(tzinfo=UTC)
    return (ends - datetime.now(UTC)).total_seconds() / 86400
