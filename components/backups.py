"""The timer by which a host backs itself up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi

from config.topology.backup import PASSWORD, S3_KEY_ID, S3_SECRET
from host import backups
from host.names import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.host import Host
    from config.topology.backup import Timer
    from config.topology.model import Topology


class Backups(pulumi.ComponentResource):
    """What the host does at that time of each day, and what it needs for it; nothing is left when it goes."""

    def __init__(
        self,
        name: str,
        topology: Topology,
        timer: Timer,
        *,
        host: Host,
        secret: Callable[[str], pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("smarter-net:components:Backups", name, opts=opts)
        named = {"password": PASSWORD} | ({"s3_key_id": S3_KEY_ID, "s3_secret": S3_SECRET} if _s3(topology) else {})
        asked = backups.document(topology, by="timer")
        # A drill makes the databases again.
        databases = {
            part["service"]: backups.password_of(topology, part["service"])
            for part in asked["parts"]
            if part["way"] == "postgres"
        }
        given = {key: secret(each) for key, each in named.items()}
        passwords = {service: secret(each) for service, each in databases.items() if each}

        def whole(secrets: dict[str, dict[str, str]]) -> str:
            parts = [{**part, "password": secrets["databases"].get(part["service"], "")} for part in asked["parts"]]
            request = {**asked, **secrets["repository"], "parts": parts}
            return json.dumps({"calendar": timer.calendar, "drill": timer.drill.days, "request": request}) + "\n"

        host.program(
            Role.TIMER.of(name),
            "schedule",
            stdin=pulumi.Output.all(repository=given, databases=passwords).apply(whole),
            parent=self,
            undo="unschedule",
        )
        self.register_outputs({})


def _s3(topology: Topology) -> bool:
    return bool(topology.backup and topology.backup.s3)
