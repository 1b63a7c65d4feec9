"""`make doctor`: everything that has to be right before a run, looked at in one go. Nothing is changed."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from config.topology.model import Certificates, SshHost
from config.values.errors import StackError
from host import paths, rights
from host.environment import environment
from host.errors import OperatorError
from host.facts import facts
from host.run import capture
from operate.engine.pulumi import Engine
from operate.inspect import accounts, backups, certificates
from operate.inspect.finding import ADVICE, BAD, GOOD, Finding
from operate.terminal import answer, console, headed, nothing_else, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.topology.model import Topology
    from operate.stack import Stack

OLDEST_SSH = (8, 5)
"""It brought KnownHostsCommand, which pins the host key without a file."""
LEAST_DISK = 5 * 1024
"""MiB: images of all services, and as much again while they are replaced."""
MOST_SKEW = 30
"""Seconds between the clocks of here and there; certificates and tokens depend on it."""
OURS = "ours"
"""What `examine.sh` says of a port that the proxy has."""
COLORS = {GOOD: "green", ADVICE: "yellow", BAD: "red"}


def doctor(stack: Stack, *, as_json: bool = False) -> int:
    """Show every finding; 1 if one of them is bad."""
    if as_json:
        nothing_else()
    if stack.mistakes:
        found = [*mistakes(stack)]
    else:
        found = [
            *examine(stack.topology),
            *accounts.registries(stack.topology, Engine(stack).secret, stack.name),
            *accounts.cloudflare(stack),
            *backups.backups(stack.topology),
        ]
    bad = sum(finding.verdict == BAD for finding in found)
    if as_json:
        answer({"stack": stack.name, "good": not bad, "findings": [asdict(finding) for finding in found]})
        return 1 if bad else 0
    table = headed(f"{stack.name}: doctor", "What", "", "Seen", "Cure")
    for finding in found:
        color = COLORS[finding.verdict]
        table.add_row(finding.what, f"[{color}]{finding.verdict}[/{color}]", finding.seen, finding.cure)
    show(table)
    if bad:
        console.print(f"[red]{bad} of these will stop a run.[/red]")
    return 1 if bad else 0


def mistakes(stack: Stack) -> Iterator[Finding]:
    """Each mistake of the stack file; and of the machine what can be seen without the rest of the file."""
    for mistake in stack.mistakes:
        yield Finding(mistake.where, BAD, f"{mistake.error.key}: {mistake.error.problem}", mistake.error.cure)
    try:
        host = stack.host
        seen = facts(host, stack.root)
    except StackError:
        return
    except OperatorError as error:
        yield Finding("server", BAD, "cannot be reached", str(error))
        return
    server = host if isinstance(host, SshHost) else None
    if server:
        yield ssh_version(capture(["ssh", "-V"], environment=environment()).stderr)
        yield Finding("server", GOOD, f"{server.address}, {seen.get('system', 'unknown system')}")
    yield from docker(seen, server)
    yield disk(seen)


def examine(topology: Topology) -> Iterator[Finding]:
    """Look at this machine, at the stack's host and at the DNS."""
    server = topology.host if isinstance(topology.host, SshHost) else None
    if server:
        yield ssh_version(capture(["ssh", "-V"], environment=environment()).stderr)
    ports = [topology.proxy.http_port, topology.proxy.https_port]
    try:
        seen = facts(topology.host, paths.root(topology), *ports)
    except OperatorError as error:
        yield Finding("server", BAD, "cannot be reached", str(error))
        return
    if server:
        yield Finding("server", GOOD, f"{server.address}, {seen.get('system', 'unknown system')}")
        yield from machine(seen, topology)
    yield from docker(seen, server)
    if topology.swarm:
        yield from swarm(seen, closed=topology.firewall is not None)
    yield from resources(seen, topology)
    for port in ports:
        state = seen.get(f"port-{port}", "free")
        yield reached(port, server) if server and state == OURS and in_public(topology) else listening(port, state)
    if topology.proxy.certificates is not Certificates.INTERNAL:
        yield from names(topology)


def ssh_version(said: str) -> Finding:
    """Whether this machine's `ssh` is new enough."""
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", said)
    known = (int(found[1]), int(found[2])) if found else (0, 0)
    cure = f"install OpenSSH {OLDEST_SSH[0]}.{OLDEST_SSH[1]} or later"
    return Finding("ssh", GOOD, found[0]) if found and known >= OLDEST_SSH else Finding("ssh", BAD, said.strip(), cure)


def machine(seen: Mapping[str, str], topology: Topology) -> Iterator[Finding]:
    """Rights, clock, upgrades."""
    user = seen.get("user", "")
    lacking = rights.lacking(seen, topology)
    if lacking:
        yield Finding("rights", BAD, lacking.problem, lacking.cure)
    elif seen.get("root") == "yes":
        yield Finding("rights", GOOD, "root" if user == "root" else f"{user}, root by sudo")
    else:
        cure = f"give {user} sudo without a password: a rollout that a restart cuts off then goes on by itself"
        yield Finding("rights", ADVICE, f"{user}, no root", cure)
    skew = abs(int(seen.get("clock", "0")) - int(time.time()))
    if skew > MOST_SKEW:
        yield Finding("clock", BAD, f"{skew} s off", "set it; then: apt install systemd-timesyncd")
    elif seen.get("synchronised") == "no":
        yield Finding("clock", ADVICE, "right, not synchronised", "apt install systemd-timesyncd")
    else:
        yield Finding("clock", GOOD, f"{skew} s off" if skew else "right")
    if seen.get("upgrades", "") not in {"", "enabled"}:
        yield Finding("security updates", ADVICE, "not automatic", "apt install unattended-upgrades")


def docker(seen: Mapping[str, str], server: SshHost | None) -> Iterator[Finding]:
    """Whether there is a daemon, or can be one."""
    version = seen.get("docker", "")
    if version == "missing":
        able = server is not None and seen.get("root") == "yes"
        cure = "`make up` installs it" if able else "install it: https://docs.docker.com/engine/install/"
        yield Finding("docker", ADVICE if able else BAD, "not installed", cure)
    elif version:
        yield Finding("docker", GOOD, version)
    elif "closed-docker" in seen:
        cure = "sudo usermod -aG docker $USER; then log in again"
        yield Finding("docker", BAD, "a daemon is there, this user may not ask it", cure)
    else:
        yield Finding("docker", BAD, "no daemon answers", "systemctl start docker; or: usermod -aG docker USER")


def swarm(seen: Mapping[str, str], *, closed: bool) -> Iterator[Finding]:
    """Whether the host manages a swarm or can be made to: its state, whether it is a manager, live-restore.

    `closed`: whether a firewall of ours keeps others from the swarm's ports. A swarm keeps the address that it was made
    with; one that `make up` made listens for this machine alone.
    """
    state = seen.get("swarm", "")
    if state.startswith("active false"):
        yield Finding(
            "swarm mode", BAD, "a worker, and a manager is needed", "docker node promote, or: docker swarm leave"
        )
    elif state.startswith("inactive") and state.endswith(" true"):
        cure = "take live-restore out of /etc/docker/daemon.json; systemctl restart docker"
        yield Finding("swarm mode", BAD, "does not go with live-restore", cure)
    elif state.startswith("active") and seen.get("swarm-listens") and not closed:
        cure = "set firewall.ssh-from; or, where Dokploy has deployed nothing yet: docker swarm leave --force; make up"
        yield Finding("swarm mode", ADVICE, "its ports 2377 and 7946 are open to everybody", cure)


def resources(seen: Mapping[str, str], topology: Topology) -> Iterator[Finding]:
    """Memory against what the services may take, and the disk."""
    there, swap = int(seen.get("memory", "0")), int(seen.get("swap", "0"))
    wanted = sum(service.memory.mebibytes for service in topology.running) + topology.proxy.memory.mebibytes
    shown = f"{there} MiB and {swap} MiB swap, the containers may take {wanted} MiB"
    if wanted > there + swap:
        yield Finding("memory", BAD, shown, "set less below services.*.memory, add swap, or take a larger server")
    elif wanted > there:
        yield Finding("memory", ADVICE, shown, "it fits only with swap")
    else:
        yield Finding("memory", GOOD, shown)
    yield disk(seen)


def disk(seen: Mapping[str, str]) -> Finding:
    """The room that is left where Docker keeps its data."""
    free = int(seen.get("disk", "0"))
    cure = "free some: `docker system df` shows what takes it"
    return Finding("disk", GOOD if free >= LEAST_DISK else BAD, f"{free} MiB free", "" if free >= LEAST_DISK else cure)


def listening(port: int, state: str) -> Finding:
    """Whether a published port is free."""
    if state == "taken":
        return Finding(f"port {port}", BAD, "another program listens", f"find it: ss -ltnp 'sport = :{port}'")
    return Finding(f"port {port}", GOOD, {OURS: "the proxy listens"}.get(state, "free"))


def in_public(topology: Topology) -> bool:
    """Whether the proxy is meant to be reached from everywhere."""
    return not ipaddress.ip_address(topology.proxy.bind_address).is_loopback


def reached(port: int, server: SshHost) -> Finding:
    """Whether the proxy, which listens on that port of the server, is reached from here."""
    if certificates.listens(server.address, port):
        return listening(port, OURS)
    cure = f"open {port}/tcp to everybody in the provider's firewall in front of the server: docs/servers.md"
    return Finding(f"port {port}", BAD, "the proxy listens, not reached from here", cure)


def names(topology: Topology) -> Iterator[Finding]:
    """Whether every site's name leads to the server, or to Cloudflare in front of it. Else there is no certificate."""
    for record in topology.records:
        family = socket.AF_INET6 if record.type == "AAAA" else socket.AF_INET
        try:
            found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(str(record.name), None, family)})
        except OSError:
            found = []
        what, seen = f"DNS {record.name}", ", ".join(found) or "no address"
        if record.content in found or (record.proxied and found):
            yield Finding(what, GOOD, seen)
        elif topology.dns:
            yield Finding(what, ADVICE, seen, f"`make up` makes the record: {record.type} {record.content}")
        else:
            yield Finding(what, BAD, seen, f"make a record: {record.name} {record.type} {record.content}")
