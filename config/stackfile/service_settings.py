"""The services and their images, in a stack file."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, StrictBool, field_validator, model_validator

from config.stackfile import fields
from config.stackfile.part import Model
from config.topology.registries import Registry
from config.topology.service import ORDERS_BEFORE, Order, SecretTarget
from config.values.names import ImageReference
from config.values.units import Duration, Memory


class HealthSettings(Model):
    """How it is known that the service works."""

    readiness: fields.UrlPath | None = None
    """Path that answers 2xx once the service can take traffic."""
    liveness: fields.UrlPath | None = None
    """Path of the cheap check that goes on for ever."""
    command: fields.HealthCommand | None = None
    """Docker health check, as a list of arguments; `none` for an image without a tool to ask with."""


class RolloutSettings(Model):
    """Order and time limits of the service's rollout."""

    order: Order | None = None
    """rolling: start new, switch, stop old. recreate: queue requests, stop old, start new."""
    start: Duration | None = None
    """Longest time from start to ready."""
    settle: Duration | None = None
    """How long a new container must stay ready before the old one goes."""
    drain: Duration | None = None
    """Longest wait for the old container's last request."""
    stop: Duration | None = None
    """Grace between SIGTERM and SIGKILL."""
    hold: Duration | None = None
    """Longest time that the proxy holds a request while no container answers."""

    @field_validator("order", mode="before")
    @classmethod
    def _as_it_was_called(cls, value: object) -> object:
        return ORDERS_BEFORE.get(value, value) if isinstance(value, str) else value


class SecretSettings(Model):
    """One secret that the service needs besides the catalog's."""

    secret: fields.SecretName = Field(examples=["smtp-password"])
    """Its name below `secret:`."""
    target: SecretTarget = Field(default=SecretTarget.ENVIRONMENT, alias="as")
    """As a file (the variable is then called `<name>_FILE`), or as an environment variable."""
    generate: StrictBool = False
    """true: `make secrets` makes its value up. false: a third party gave it to the operator, who is asked for it."""


class RegistrySettings(Model):
    """A registry that gives its images only to who logs in; with secret:registry-<host>, hyphens in place of dots."""

    host: fields.RegistryHost = Field(examples=["ghcr.io"])
    """Its host name, as the images begin with it."""
    user: fields.Text = Field(examples=["smartercl"])
    """Who logs in."""

    @property
    def registry(self) -> Registry:
        """What the rest of the program knows of it."""
        return Registry(host=self.host, user=self.user)


class Backup(StrEnum):
    """Whether a backup takes a volume."""

    FILES = "files"
    NONE = "none"


class VolumeSettings(Model):
    """Data of a service that the catalog does not know. A path alone is short for `{path: …}`."""

    path: fields.ContainerPath = Field(examples=["/data"])
    """Where the container sees it."""
    backup: Backup = Backup.FILES
    """files: file by file, the service paused for the last of them. none: not at all."""
    sqlite: fields.FileName | None = Field(default=None, examples=["data.db"])
    """The SQLite database in the volume's own folder, which is dumped; the other files are copied beside it."""
    leave_out: fields.ListOf[fields.PathBelow] = Field(default=(), examples=["[cache]"])
    """Paths below the volume that no backup takes: what can be made again."""

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value


class ServiceSettings(Model):
    """One service of this stack: what it does differently from the catalog, or all of what the catalog does not know.

    `port`, `volumes` and `steps-down` are for the latter.
    """

    enabled: StrictBool | None = None
    """false: only planned. Its sites answer 503 and say so."""
    stopped: StrictBool | None = None
    """true: stopped until `make start`. Its sites answer 503 and say so; its data and its database stay as they are."""
    image: ImageReference | None = None
    """The image to run, in place of the catalog's and of a stand-in."""
    port: fields.Port | None = Field(default=None, examples=[3000])
    """The port that it listens on in its container: with it, it needs no entry in the catalog."""
    volumes: dict[fields.VolumeName, VolumeSettings] = Field(default={}, examples=["{data: /data}"])
    """Its data, each volume by a name of yours: it outlives every container, and is backed up."""
    steps_down: StrictBool = False
    """true: its image starts as root, gives its files to its own user and becomes that user; with the rights for it."""
    memory: Memory | None = None
    """Most memory that it may use."""
    environment: dict[fields.VariableName, fields.VariableValue] = Field(default={})
    """Environment variables, no secrets among them."""
    secrets: dict[fields.VariableName, SecretSettings] = Field(default={})
    """Environment variables whose values are secrets."""
    reaches: fields.ListOf[fields.Text] = ()
    """Databases of other services that it may reach, such as n8n-postgres; its own it reaches anyway."""
    command: fields.Command | None = None
    """Arguments to the image's entry point."""
    health: HealthSettings = HealthSettings()
    rollout: RolloutSettings = RolloutSettings()
    direct_port: fields.Port | None = None
    """Port of the host that leads to the service directly, past the proxy."""
    direct_address: fields.Address = "127.0.0.1"
    """Host address of the direct port, which asks no visitor for a password: a closed service keeps to 127.0.0.1 or
    to an address of a VPN."""
