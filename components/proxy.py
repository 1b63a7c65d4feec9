"""caddy-proxy: the only container that publishes ports. Its config reaches it as a file in a mounted directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from components.container import container
from components.volume import volume
from config.render.caddy import render
from config.render.caddy_handlers import CONFIG_DIRECTORY
from config.values.units import Capability
from host.labels import SERVICE, labels
from host.names import STATUS_URL, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from components.host import Host
    from components.network import Network
    from config.topology.model import Topology

COMMAND = ("caddy", "run", "--config", f"{CONFIG_DIRECTORY}/caddy.json")
"""All of it: left to itself the official image reads a Caddyfile, which there is none of."""
MEMORY_SHARE = 80
"""Percent of its memory from which on Go collects garbage as often as it takes. Left to itself it may have twice of
what is in use, and the kernel kills the proxy for what is garbage."""
HEALTH = f"{STATUS_URL}/healthy"


class Proxy(pulumi.ComponentResource):
    """Caddy, and the delivery of its config.

    The container answers to every service's name on the network and forwards to the one that is ready. It depends on
    no other container: to replace a service never touches it. `ready` is what a rollout has to wait for. Container and
    config wait for `after`: the firewall in front of the published ports, and the sites' records, because certificates
    are asked for as soon as the config is loaded.
    """

    def __init__(
        self,
        name: str,
        topology: Topology,
        host: Host,
        network: Network,
        *,
        secret: Callable[[str], pulumi.Output[str]],
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("smarter-net:components:Proxy", name, opts=opts)
        spec = topology.proxy
        on_host = pulumi.ResourceOptions(parent=self, provider=host.provider)
        image = docker.RemoteImage(Role.IMAGE.of(name), name=str(spec.image), keep_locally=True, opts=on_host)
        logins = _logins(topology)
        before = list(after)
        if logins:
            hashes = pulumi.Output.all(*map(secret, logins.values())).apply(
                lambda values: "".join(f"{file} {value}\n" for file, value in zip(logins, values, strict=True))
            )
            before.append(host.script(Role.LOGINS.of(name), "logins.sh", stdin=hashes, parent=self))
        config = host.program(Role.CONFIG.of(name), "deliver", stdin=render(topology), parent=self, depends_on=before)
        storage = volume(topology, spec.storage, parent=self, host=host)
        networks = network.of_proxy(topology)
        environment = {"GOMEMLIMIT": f"{spec.memory.mebibytes * MEMORY_SHARE // 100}MiB"}
        preflight = host.program(
            Role.PREFLIGHT.of(name),
            "preflight",
            stdin=pulumi.Output.all(*(id_ for id_, _ in networks)).apply(
                lambda ids: _preflight(topology, environment, zip(ids, (names for _, names in networks), strict=True))
            ),
            parent=self,
            depends_on=[config, image, *([storage] if storage else [])],
            undo="stand-down",
        )
        self.container = container(
            name,
            image=spec.image,
            networks=networks,
            labels={**labels(topology), SERVICE: spec.name},
            environment=environment,
            memory=spec.memory,
            capabilities=[Capability("CAP_NET_BIND_SERVICE")],
            volumes=[spec.storage],
            config_directory=f"{host.root}/proxy",
            stop=spec.stop,
            init=True,
            command=list(COMMAND),
            ports=_ports(topology),
            # Connections that are not accepted yet are handed to the new listener when a config is loaded.
            sysctls={"net.ipv4.tcp_migrate_req": "1"},
            read_only=True,
            # The only path that Caddy writes to beside its storage: the admin socket.
            tmpfs={"/run/caddy": ""},
            healthcheck=docker.ContainerHealthcheckArgs(
                tests=["CMD", "wget", "-q", "-T", "2", "-O", "/dev/null", HEALTH],
                # `up` waits for the first one. No start period: within it Docker 25 and later looks each 5 s.
                interval="2s",
                timeout="3s",
                retries=5,
            ),
            wait=True,
            wait_timeout=60,
            must_run=True,
            explicit_name=spec.name,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=host.provider,
                # The name and the ports are taken: the old one has to go first. Another answers meanwhile.
                delete_before_replace=True,
                depends_on=[preflight],
            ),
        )
        self.ready = [self.container, config]
        self.register_outputs({"container": spec.name})


def _logins(topology: Topology) -> dict[str, str]:
    """For each file with a password's hash that the config names: the secret that it holds."""
    return {login.file: login.secret for site in topology.sites for login in site.protection.logins}


def _preflight(topology: Topology, environment: dict[str, str], networks: Iterable[tuple[str, Sequence[str]]]) -> str:
    """The proxy that the program on the host tries, see host/program/proxy/asked.py."""
    spec = topology.proxy
    asked = {
        "image": str(spec.image),
        "memory": spec.memory.mebibytes,
        "environment": [f"{name}={value}" for name, value in environment.items()],
        "health": HEALTH,
        "command": COMMAND,
        "stop": spec.stop.whole_seconds,
        "storage": f"{spec.storage.name}:{spec.storage.path}",
        "listen": [(_host(address), external, internal) for internal, external, address in _published(topology)],
        "networks": [(id_, sorted(names)) for id_, names in networks],
    }
    return json.dumps(asked) + "\n"


def _host(address: str) -> str:
    """An address as it stands before a port."""
    return f"[{address}]" if ":" in address else address


def _ports(topology: Topology) -> list[docker.ContainerPortArgs]:
    return [
        docker.ContainerPortArgs(internal=internal, external=external, ip=address)
        for internal, external, address in _published(topology)
    ]


def _published(topology: Topology) -> list[tuple[int, int, str]]:
    """The redirect, the sites, and the direct ports, which are listened on inside under the same number."""
    spec = topology.proxy
    addresses = [spec.bind_address, *([spec.bind_address6] if spec.bind_address6 else [])]
    return [
        *((80, spec.http_port, address) for address in addresses),
        *((443, spec.https_port, address) for address in addresses),
        *(
            (service.direct_port, service.direct_port, service.direct_address)
            for service in topology.enabled
            if service.direct_port
        ),
    ]
