"""Between the engine and the pure half: the stack's settings in, the stack's outputs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import config as engine_config

from config.derive import derive
from config.stackfile.read import from_engine
from config.stackfile.settings import Settings
from config.values.errors import StackError
from tools.images import references

if TYPE_CHECKING:
    from config.topology.model import Topology


def load_topology() -> Topology:
    """The topology of the stack that the engine runs; a mistake in the stack file ends the run with one line."""
    values = {**engine_config.get_config_env(), **engine_config.CONFIG.get()}
    secret_keys = {*engine_config.get_config_secret_keys_env(), *(key for key in values if _is_secret(key))}
    try:
        loaded = from_engine(values, secret_keys)
        settings = Settings.parse(loaded.raw)
        return derive(pulumi.get_stack(), settings, loaded.secrets, references())
    except StackError as error:
        raise pulumi.RunError(str(error)) from None


def exports(topology: Topology) -> dict[str, Any]:
    """The stack's outputs. None of them is a secret."""
    return {
        "sites": [
            {
                "name": str(site.host),
                "url": site.url,
                "service": site.service,
                "state": topology.service(site.service).state,
            }
            for site in topology.sites
        ],
        "services": {
            service.name: {
                "purpose": service.purpose,
                "address": f"{service.name}:{service.port}",
                "image": str(service.image),
                "state": service.state,
            }
            for service in topology.services
        },
        "records": [
            {"name": str(record.name), "type": record.type, "content": record.content} for record in topology.records
        ],
    }


def _is_secret(key: str) -> bool:
    return engine_config.is_config_secret(key)
