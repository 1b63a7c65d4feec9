"""The peer: the same containers as a Compose project, with a Caddyfile as one writes it by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml

from components.container import LOG_OPTIONS
from tools.bench.caddyfile import HEALTHY, caddyfile
from tools.bench.measure import run

if TYPE_CHECKING:
    from pathlib import Path

    from config.topology.model import Topology
    from config.topology.service import ServiceSpec

JSON = dict[str, Any]


class Compose:
    """A folder with compose.yaml and Caddyfile, driven by `docker compose`."""

    def __init__(self, folder: Path, docker_host: str, topology: Topology, *, plain: bool = False) -> None:
        self.folder = folder
        self.topology = topology
        (folder / "caddy").mkdir(parents=True)
        plugins = folder / "docker" / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(os.environ["COMPOSE_BIN"])
        self.environment = {**os.environ, "DOCKER_HOST": docker_host, "DOCKER_CONFIG": str(folder / "docker")}
        upstreams = {service.name: service.name for service in topology.running}
        (folder / "caddy" / "Caddyfile").write_text(caddyfile(topology, upstreams, plain=plain))
        self.write(topology)

    def write(self, topology: Topology, *, interval: str = "1s") -> None:
        """Make compose.yaml that of `topology`. `interval` of the services' health checks: the first comes after it."""
        (self.folder / "compose.yaml").write_text(yaml.safe_dump(project(topology, interval), sort_keys=False))

    def up(self, *arguments: str) -> None:
        """`docker compose up -d`."""
        run(["docker", "compose", "up", "-d", *arguments], folder=self.folder, environment=self.environment)

    def version(self) -> str:
        """What it calls itself."""
        line = ["docker", "compose", "version", "--short"]
        return run(line, folder=self.folder, environment=self.environment).stdout.strip()


def project(topology: Topology, interval: str) -> JSON:
    """Compose's model of the topology."""
    volumes = [volume for service in topology.running for volume in service.volumes] + [topology.proxy.storage]
    return {
        "name": "bench",
        "services": {
            topology.proxy.name: _proxy(topology),
            **{service.name: _service(service, interval) for service in topology.running},
        },
        "networks": {"default": {"name": "bench-net", "driver": "bridge"}},
        "volumes": {volume.name: {"name": volume.name} for volume in volumes if not volume.name.startswith("/")},
    }


def _proxy(topology: Topology) -> JSON:
    proxy = topology.proxy
    return {
        **_profile(str(proxy.image), proxy.memory.mebibytes, str(proxy.stop)),
        "container_name": proxy.name,
        "command": ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        "cap_add": ["NET_BIND_SERVICE"],
        "ports": [
            f"{proxy.bind_address}:{proxy.http_port}:80",
            f"{proxy.bind_address}:{proxy.https_port}:443",
        ],
        "tmpfs": ["/run/caddy"],
        "volumes": [f"{proxy.storage.name}:{proxy.storage.path}", "./caddy:/etc/caddy:ro"],
        "healthcheck": _check("1s", "wget", "-q", "-T", "2", "-O", "/dev/null", HEALTHY),
    }


def _service(service: ServiceSpec, interval: str) -> JSON:
    made: JSON = {
        **_profile(str(service.image), service.memory.mebibytes, str(service.rollout.stop)),
        "environment": {key: value.replace("$", "$$") for key, value in service.environment.items()},
        "volumes": [f"{volume.name}:{volume.path}" for volume in service.volumes],
    }
    if service.health.command:
        made["healthcheck"] = _check(interval, *service.health.command)
    return made


def _profile(image: str, mebibytes: int, stop: str) -> JSON:
    """What components/container.py gives every container."""
    return {
        "image": image,
        "pull_policy": "never",
        "mem_limit": f"{mebibytes}m",
        "memswap_limit": f"{mebibytes}m",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "restart": "unless-stopped",
        "init": True,
        "logging": {"driver": "json-file", "options": LOG_OPTIONS},
        "stop_grace_period": stop,
    }


def _check(interval: str, *command: str) -> JSON:
    return {"test": ["CMD", *command], "interval": interval, "timeout": "5s", "retries": 30}
