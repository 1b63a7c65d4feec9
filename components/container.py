"""The one place that creates a container, with the safety profile: no other file calls `docker.Container`.

Whatever is not said here has Docker's default. What a container gets beyond the profile is named by its caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi_docker as docker

from config.render.caddy_handlers import CONFIG_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from config.topology.service import VolumeSpec
    from config.values.names import ImageReference
    from config.values.units import Capability, Duration, Memory

LOG_OPTIONS = {"max-size": "10m", "max-file": "3"}
"""Docker's json-file has no limit of its own; 30 MB a container."""


def container(
    name: str,
    *,
    image: ImageReference,
    networks: Sequence[tuple[pulumi.Input[str], Sequence[str]]],
    labels: Mapping[str, str],
    environment: Mapping[str, pulumi.Input[str]],
    memory: Memory,
    capabilities: Sequence[Capability],
    volumes: Sequence[VolumeSpec],
    stop: Duration,
    init: bool,
    opts: pulumi.ResourceOptions,
    explicit_name: str | None = None,
    config_directory: str | None = None,
    **rest: Any,  # noqa: ANN401  arguments of docker.Container, passed on
) -> docker.Container:
    """A container with the safety profile.

    `networks`: the id of each, and the names that it carries there. `stop`: grace between SIGTERM and SIGKILL. `init`:
    Docker's init process comes first, for images that have none. `explicit_name`: Docker's name for it, else the engine
    appends seven random digits. `config_directory`: host folder seen read-only at /etc/caddy.
    """
    megabytes = memory.mebibytes
    return docker.Container(
        name,
        name=explicit_name,
        image=str(image),
        networks_advanced=[
            docker.ContainerNetworksAdvancedArgs(name=network, aliases=sorted(aliases)) for network, aliases in networks
        ],
        labels=[docker.ContainerLabelArgs(label=key, value=value) for key, value in sorted(labels.items())],
        envs=[_variable(key, value) for key, value in sorted(environment.items())],
        memory=megabytes,
        memory_swap=megabytes,
        capabilities=docker.ContainerCapabilitiesArgs(
            drops=["ALL"], adds=sorted(str(capability) for capability in capabilities)
        ),
        security_opts=["no-new-privileges"],
        volumes=[*(_volume(volume) for volume in volumes), *_config(config_directory)],
        restart="unless-stopped",
        init=init,
        log_driver="json-file",
        log_opts=LOG_OPTIONS,
        stop_timeout=stop.whole_seconds,
        destroy_grace_seconds=stop.whole_seconds,
        opts=opts,
        **rest,
    )


def _variable(key: str, value: pulumi.Input[str]) -> pulumi.Input[str]:
    if isinstance(value, str):
        return f"{key}={value}"
    return value.apply(lambda text: f"{key}={text}")  # type: ignore[union-attr]


def _volume(volume: VolumeSpec) -> docker.ContainerVolumeArgs:
    if volume.name.startswith("/"):
        return docker.ContainerVolumeArgs(host_path=volume.name, container_path=volume.path)
    return docker.ContainerVolumeArgs(volume_name=volume.name, container_path=volume.path)


def _config(directory: str | None) -> list[docker.ContainerVolumeArgs]:
    if directory is None:
        return []
    return [docker.ContainerVolumeArgs(host_path=directory, container_path=CONFIG_DIRECTORY, read_only=True)]
