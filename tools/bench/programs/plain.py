"""The same containers as a plain pulumi-docker program: fixed names, so the old one goes before the new one comes.

BENCH_FOLDER holds the Caddyfile; BENCH_SERVICE gets BENCH_RELEASE as an environment variable.
"""

import os

import pulumi
import pulumi_docker as docker

from components.stack import load_topology
from tools.bench.topology import changed

topology = changed(load_topology(), os.environ["BENCH_SERVICE"], BENCH=os.environ["BENCH_RELEASE"])
proxy = topology.proxy
network = docker.Network("network", name="plain-net")
fixed = pulumi.ResourceOptions(delete_before_replace=True)
docker.Container(
    proxy.name,
    name=proxy.name,
    image=str(proxy.image),
    command=["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
    networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=network.name)],
    ports=[
        docker.ContainerPortArgs(internal=80, external=proxy.http_port, ip=proxy.bind_address),
        docker.ContainerPortArgs(internal=443, external=proxy.https_port, ip=proxy.bind_address),
    ],
    tmpfs={"/run/caddy": ""},
    volumes=[docker.ContainerVolumeArgs(host_path=os.environ["BENCH_FOLDER"], container_path="/etc/caddy")],
    restart="unless-stopped",
    opts=fixed,
)
for service in topology.running:
    docker.Container(
        service.name,
        name=service.name,
        image=str(service.image),
        envs=[f"{key}={value}" for key, value in sorted(service.environment.items())],
        networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=network.name)],
        volumes=[
            docker.ContainerVolumeArgs(volume_name=volume.name, container_path=volume.path)
            for volume in service.volumes
        ],
        restart="unless-stopped",
        destroy_grace_seconds=service.rollout.stop.whole_seconds,
        wait=True,
        healthcheck=docker.ContainerHealthcheckArgs(
            tests=["CMD", *(service.health.command or ())], interval="1s", timeout="5s", retries=30
        ),
        opts=fixed,
    )
