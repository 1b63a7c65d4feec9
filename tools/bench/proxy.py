"""The proxy under load: our generated config, a Caddyfile written by hand, and the service without any proxy."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench.caddyfile import caddyfile
from tools.bench.figures import Section
from tools.bench.measure import BenchError, Series, checked
from tools.bench.rig import plain_up

if TYPE_CHECKING:
    from pathlib import Path

    from config.topology.model import Topology
    from config.topology.service import ServiceSpec
    from tools.bench.rig import Rig

SERVICES = ("smarteros-blogbowl", "n8n")
"""One whose upstream is an address in the config, one whose upstream is read from a file."""
CADDYFILES = {"Caddyfile, 3 lines": True, "Caddyfile, all features": False}
PATH = "/headers"
"""A small answer that costs the stand-in little; its pages are templates, and some of them are written down."""
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Load:
    """What `wrk` found, run by run: requests a second, milliseconds."""

    rate: Series
    middle: Series
    slow: Series
    alone: Series


def measure(rig: Rig) -> Section:
    """Every way to the same copy of a service, in turn."""
    if not shutil.which("wrk"):
        raise BenchError("there is no wrk; install it with your package manager")
    project = rig.project()
    plain_up(project)
    topology = rig.topology(project)
    for name, plain in CADDYFILES.items():
        _start_peer(rig, topology, project.folder, _slug(name), plain=plain)
    time.sleep(2)
    rows: list[tuple[str | float | None, ...]] = []
    for name in SERVICES:
        rows += _service(rig, topology, topology.service(name))
    rig.clean()
    return Section(
        "Proxy: requests through it, over TLS and HTTP/1.1, 32 connections kept open",
        columns=("service", "way", "requests/s", "of Caddyfile, all", "of direct", "p50 ms", "p99 ms", "p50 ms alone"),
        rows=rows,
        notes=[
            "All ways end at the same running copy, in turn, and share the processors with wrk.",
            "The proxies are asked at their containers' addresses, without a published port between.",
            "`all features`: compression, JSON access log, security headers, active checks, retries, as ours.",
            "`alone`: one connection, so nothing but the way itself.",
            "n8n is recreated: its upstream is read from a file at each request.",
        ],
    )


def _service(rig: Rig, topology: Topology, service: ServiceSpec) -> list[tuple[str | float | None, ...]]:
    site = next(site for site in topology.sites if site.service == service.name)
    host = str(site.host)
    ways = {
        "direct": (rig.address(_copy(rig, service)), f"http://{host}:{service.port}{PATH}"),
        **{name: (rig.address(_slug(name)), f"https://{host}{PATH}") for name in CADDYFILES},
        "ours": (rig.address(topology.proxy.name), f"https://{host}{PATH}"),
    }
    found = {name: Load(Series(), Series(), Series(), Series()) for name in ways}
    for _ in range(1 if rig.quick else 3):
        for name, (address, url) in ways.items():
            _resolve(rig.scratch, host, address)
            _wrk(found[name], url, seconds=3 if rig.quick else 6)
    equal, direct = found["Caddyfile, all features"].rate.median, found["direct"].rate.median
    return [
        (
            service.name, name, load.rate.median, load.rate.median / equal, load.rate.median / direct,
            load.middle.median, load.slow.median, load.alone.median,
        )
        for name, load in found.items()
    ]  # fmt: skip


def _copy_name(rig: Rig, service: str) -> str:
    """Name of the running copy, which resolves on the network."""
    (found,) = rig.dockerd.copies(service)
    name: str = found["Name"]
    return name.lstrip("/")


def _start_peer(rig: Rig, topology: Topology, folder: Path, name: str, *, plain: bool) -> None:
    """A second Caddy on the same network, in front of the same copies."""
    upstreams = {service.name: _copy_name(rig, service.name) for service in topology.running}
    config = folder / name
    config.mkdir()
    (config / "Caddyfile").write_text(caddyfile(topology, upstreams, plain=plain))
    rig.dockerd.docker(
        "run", "--detach", "--name", name, "--network", topology.network.name, "--tmpfs", "/run/caddy", "--init",
        "--volume", f"{config}:/etc/caddy:ro", "--memory", f"{topology.proxy.memory.mebibytes}m", "--log-opt",
        "max-size=10m", "--log-opt", "max-file=3", "--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE",
        str(topology.proxy.image), "caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile",
    )  # fmt: skip


def _copy(rig: Rig, service: ServiceSpec) -> str:
    label = f"label=smarter-net.service={service.name}"
    return rig.dockerd.docker("ps", "-q", "--filter", label).stdout.split()[0]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _resolve(scratch: Path, host: str, address: str) -> None:
    """Make `host` that address, in this mount namespace only: wrk takes the TLS name from the URL."""
    hosts = scratch / "hosts"
    fresh = not hosts.exists()
    hosts.write_text(f"127.0.0.1 localhost\n{address} {host}\n")
    if fresh:
        subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)


def _wrk(load: Load, url: str, *, seconds: int) -> None:
    many = _run(url, connections=32, seconds=seconds)
    load.rate.values.append(float(_find(many, r"Requests/sec:\s+([0-9.]+)")[0]))
    load.middle.values.append(_milliseconds(many, 50))
    load.slow.values.append(_milliseconds(many, 99))
    load.alone.values.append(_milliseconds(_run(url, connections=1, seconds=max(1, seconds // 3)), 50))


def _run(url: str, *, connections: int, seconds: int) -> str:
    threads = min(2, connections)
    line = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    said = checked(subprocess.run(line, capture_output=True, text=True, check=False)).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise BenchError(f"{url}: " + " / ".join(text for text in said.splitlines() if "rror" in text or "Non" in text))
    return said


def _milliseconds(said: str, percentile: int) -> float:
    value, unit = _find(said, rf"{percentile}%\s+([0-9.]+)(us|ms|s)")
    return float(value) * UNITS[unit]


def _find(said: str, pattern: str) -> tuple[str, ...]:
    found = re.search(pattern, said)
    if not found:
        raise BenchError("wrk said nothing of " + pattern)
    return found.groups()
