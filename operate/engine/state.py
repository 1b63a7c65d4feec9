"""What the engine recorded of the last run, as values: here the JSON of its state ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from host.names import DOCKER_PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JSON = dict[str, Any]
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Asked:
    """What a container was asked to be."""

    image: str
    variables: tuple[str, ...]
    """NAME=value each, without those whose value is secret: with it their name is encrypted."""
    secret_variables: bool
    """There are some."""
    labels: Mapping[str, str]
    networks: frozenset[str]
    """Names or ids."""
    mounts: Mapping[str, str]
    """Name of the volume, or path on the host, by the path in the container."""
    ports: frozenset[str]
    """Of the host."""

    @classmethod
    def of(cls, inputs: JSON) -> Asked:
        """From the inputs of a container."""
        variables = inputs.get("envs")
        entries = variables if isinstance(variables, list) else []
        clear = tuple(entry for entry in entries if isinstance(entry, str))
        return cls(
            image=str(inputs.get("image")),
            variables=clear,
            secret_variables=not isinstance(variables, list | None) or len(clear) < len(entries),
            labels={entry["label"]: entry["value"] for entry in inputs.get("labels", [])},
            networks=frozenset(entry["name"] for entry in inputs.get("networksAdvanced", [])),
            mounts={
                entry["containerPath"]: entry.get("hostPath") or entry.get("volumeName")
                for entry in inputs.get("volumes", [])
            },
            ports=frozenset(str(int(entry["external"])) for entry in inputs.get("ports", [])),
        )


@dataclass(frozen=True)
class Address:
    """What a DNS record was asked to be."""

    zone: str
    name: str
    type: str
    content: str
    proxied: bool


@dataclass(frozen=True)
class Resource:
    """One resource, as the last run left it."""

    urn: str
    type: str
    id: str = ""
    """Empty for a component, and for what was not made."""
    going: bool = False
    """It was replaced, and the next run removes it."""
    half_made: bool = False
    """It exists, and something about it failed."""
    inputs: JSON = field(default_factory=dict)
    outputs: JSON = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rsplit("::", 1)[1]

    @property
    def called(self) -> str:
        """Its name on the host."""
        return str(self.outputs.get("name", self.id))

    @property
    def image_id(self) -> str:
        """Of an image: Docker's own id. The provider's is a digest and a name in one."""
        return str(self.outputs["imageId"])

    @property
    def memory(self) -> int:
        """Bytes that a container may have; 0: all."""
        return int(self.outputs.get("memory") or 0) * MEBIBYTE

    @property
    def restart(self) -> str:
        """When Docker starts a container again."""
        return str(self.outputs.get("restart"))

    @property
    def must_run(self) -> bool:
        """Whether the provider starts a container. A service's is started by its rollout."""
        return bool(self.outputs.get("mustRun"))

    @property
    def given(self) -> str | None:
        """What a command reads: the proxy's config, the firewall's rules."""
        return self.inputs.get("stdin")

    @property
    def asked(self) -> Asked:
        """Of a container: what it was asked to be."""
        return Asked.of(self.inputs)

    @property
    def address(self) -> Address:
        """Of a DNS record: what it was asked to be."""
        return Address(*(self.inputs[key] for key in ("zoneId", "name", "type", "content", "proxied")))

    @property
    def daemon(self) -> object:
        """Of the host: which daemon of this machine it is, as that was written down."""
        return self.outputs.get("daemon")

    @classmethod
    def of(cls, found: JSON) -> Resource:
        """From `pulumi stack export`."""
        return cls(
            urn=found["urn"],
            type=found["type"],
            id=found.get("id") or "",
            going=bool(found.get("delete")),
            half_made=bool(found.get("initErrors")),
            inputs=found.get("inputs") or {},
            outputs=found.get("outputs") or {},
        )


@dataclass(frozen=True)
class State:
    """The recorded deployment. Secrets in it stay encrypted."""

    everything: tuple[Resource, ...] = ()
    pending: bool = False
    """A killed run left operations whose end the engine does not know."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Without those that were replaced."""
        return tuple(each for each in self.everything if not each.going)

    def made(self, *types: str) -> Iterator[Resource]:
        """Those of these types that are somewhere."""
        return (each for each in self.resources if each.type in types and each.id)

    def docker_providers(self) -> Iterator[str]:
        """URNs of what speaks to a Docker daemon, one for each host."""
        return (each.urn for each in self.everything if each.type == DOCKER_PROVIDER)

    @classmethod
    def of(cls, deployment: JSON) -> State:
        """From the deployment of `pulumi stack export`."""
        return cls(
            tuple(map(Resource.of, deployment.get("resources") or ())), bool(deployment.get("pending_operations"))
        )
