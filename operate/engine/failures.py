"""What failed in a run of the engine, one line each: what it is about, what is wrong, what helps.

The engine and its plugins report a failure two or three times, each wrapped in where it came from. An operator needs
it once, as the last thing on the screen. The engine's event log is where it stands without colours and progress.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from config.topology.model import SshHost
from config.topology.records import TOKEN
from host import paths
from host.names import COMMAND, RECORD, Role, part_of
from host.ssh import unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.topology.model import Topology

JSON = dict[str, Any]

PORT_TAKEN = re.compile(
    r"listen (?:tcp|udp)\d? (?P<address>\S+):(?P<port>\d+): bind: address already in use"
    r"|Bind for (?P<address_>\S+):(?P<port_>\d+) failed: port is already allocated"
    # Docker 28; the container's own address is between the port and the protocol, or not there.
    r"|failed to bind host port (?:for )?(?P<address__>\[\S+?\]|[^\s:]+):(?P<port__>\d+)\S*: address already in use"
)
DAEMON_GONE = re.compile(
    r"cannot connect to the docker daemon|error pinging docker server|error during connect", re.IGNORECASE
)
SSH_LOST = re.compile(
    r"^.*(ssh: (connect to|could not resolve)|host key verification failed|permission denied \("
    r"|kex_exchange_identification|connection (closed|reset) by|client_loop: send disconnect"
    r"|timed out during banner|broken pipe).*$",
    re.IGNORECASE | re.MULTILINE,
)
DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
NAME_TAKEN = re.compile(r'container name "/?(?P<name>[^"]+)" is already in use')
CLOUDFLARE_CODE = re.compile(r'code"?:? ?(\d+)')
RECORD_THERE = {"81053", "81057", "81058"}
"""Such a record exists, or would stand beside a CNAME."""
CLOUDFLARE_BUSY = re.compile(r"\b(429|5\d\d)\b")
"""It wants fewer requests, or does not work; the plugin has tried several times by then."""
TOKEN_REFUSED = {"6003", "6111", "9103", "9109", "10000"}
LOG_IN = re.compile("unauthori[sz]ed|no basic auth credentials|authentication required|denied", re.IGNORECASE)
"""A registry that wants to know who asks; many say so of an image that does not exist, too."""

NOISE = ("update failed", "preview failed", "refresh failed", "destroy failed", "program exited with non-zero")
EXIT = "exit status "
"""What the message of a command that failed starts with; its own words come behind, the cause last."""
UNHANDLED = "an unhandled error occurred: "
COLOUR = re.compile(r"<\{%.*?%\}>")
"""The engine's own tags, which stand in its events wherever it shows colours, as on a terminal."""
MARKER = "\t* "
"""What the plugins put before each error that they wrap."""


def failures(events: Iterable[JSON], topology: Topology) -> list[str]:
    """Every failure that the engine's events tell of, once, in its order."""
    found: dict[str, None] = {}
    for event in events:
        said = event.get("diagnosticEvent") or {}
        message = COLOUR.sub("", str(said.get("message", "")))
        # The plugin's own log repeats an error before the engine reports it, with less around it.
        if said.get("severity") == "error" and message.strip() and "sdk.helper_schema:" not in message:
            found.setdefault(_line(str(said.get("urn") or ""), message, topology))
    return [line for line in found if line]


def _line(urn: str, message: str, topology: Topology) -> str:
    name = urn.rsplit("::", 1)[-1]
    subject = part_of(name, topology)
    if urn and RECORD in urn:
        return _record(name.rsplit("-", 1)[0], message)
    if DISK_FULL.search(message):
        # What a script says of itself, or what Docker has told it.
        by_script = COMMAND in urn and "from daemon" not in message
        return full_folder(subject, topology) if by_script else _full_data(subject)
    return _known(subject, message, topology) or _unknown(subject, name, _cause(message), topology)


def _known(subject: str, message: str, topology: Topology) -> str | None:
    """A failure that there is a cure for."""
    if taken := PORT_TAKEN.search(message):
        return _port_taken(subject, taken, topology)
    if isinstance(topology.host, SshHost) and (lost := SSH_LOST.search(message)):
        return unreachable(topology.host, lost[0])
    if DAEMON_GONE.search(message):
        return "docker: the daemon does not answer any more; start it, and run the same command again"
    if taken := NAME_TAKEN.search(message):
        return f"{subject}: there is a container {taken['name']} that is not ours; rename or remove it"
    return None


def full_folder(subject: str, topology: Topology) -> str:
    """No room where the scripts keep their files; on most servers it is the disk of everything."""
    folder = paths.root(topology)
    return f"{subject}: the disk of {folder} is full; free some (`df -h {folder}` shows how much is left)"


def _full_data(subject: str) -> str:
    """No room for images and containers."""
    cure = "free some (`docker system df` shows what takes it)"
    return f"{subject}: the disk that Docker keeps its data on is full; {cure}"


def _record(subject: str, message: str) -> str:
    """A DNS record that Cloudflare did not want."""
    codes = set(CLOUDFLARE_CODE.findall(message))
    if codes & RECORD_THERE:
        cure = "add the name to dns.adopt to take it over, or remove that record there"
        return f"{subject}: there is such a record at Cloudflare already; {cure}"
    if codes & TOKEN_REFUSED:
        return f"secret:{TOKEN}: Cloudflare refuses it for {subject}; make one that may edit the zone's DNS"
    cure = "; what serves is as it was, run the same command again in a few minutes"
    return f"{subject}: {_cause(message)}{cure if CLOUDFLARE_BUSY.search(message) else ''}"


def _unknown(subject: str, name: str, cause: str, topology: Topology) -> str:
    """A failure in the words of what failed."""
    if not cause or cause.startswith(NOISE):
        return ""
    if name.endswith(f"-{Role.IMAGE}"):
        key = "proxy.image" if subject == topology.proxy.name else f"services.{subject}.image"
        cure = f"set {key} to one that exists"
        if LOG_IN.search(cause):
            cure += "; if it is private, add the registry to `registries`, with the right secret"
        return f"{subject}: cannot pull its image ({cause}); {cure}"
    if name.endswith(f"-{Role.ROLLOUT}") and cause.startswith(subject):
        return f"{cause}; `make logs SERVICE={subject}` shows more"
    return f"{subject}: {cause}" if subject and not cause.startswith(subject) else cause


def _port_taken(subject: str, taken: re.Match[str], topology: Topology) -> str:
    found = [value for value in taken.groups() if value]
    address, port = found[0], int(found[1])
    keys = {topology.proxy.http_port: "proxy.http-port", topology.proxy.https_port: "proxy.https-port"}
    keys |= {spec.direct_port: f"services.{spec.name}.direct-port" for spec in topology.running if spec.direct_port}
    cure = f"free it, or set {keys[port]} to another" if port in keys else "free it"
    return f"{subject}: port {port} on {address} is taken by another program; {cure}"


def _cause(message: str) -> str:
    """The innermost error of a plugin's, the last line of a command's own words, else the first line; no traceback."""
    text = message.removeprefix(UNHANDLED).split("Traceback (most recent call last)")[0]
    if MARKER in text:
        text = text.rsplit(MARKER, 1)[1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[-1] if text.startswith(EXIT) else lines[0]
    return line.removeprefix("Error response from daemon: ")
