"""The sites' records in a zone at Cloudflare."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pulumi

from config.checks.zone import adopted, mistakes
from config.stackfile.read import SECRETS
from config.topology.records import IN_STATE, TOKEN, mark
from config.values import errors
from config.values.errors import StackError
from host.names import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.topology.model import Topology
    from config.topology.records import DnsSpec


class Dns(pulumi.ComponentResource):
    """One address record a site, and one more for IPv6 where the stack asks for it.

    `records` is what has to be there before the proxy asks for certificates.
    """

    def __init__(
        self,
        name: str,
        topology: Topology,
        spec: DnsSpec,
        secret: Callable[[str], pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # Takes two seconds, which only a stack with a zone has to wait for.
        import pulumi_cloudflare as cloudflare  # noqa: PLC0415

        super().__init__("smarter-net:components:Dns", name, opts=opts)
        there = taken_over(topology, spec)
        provider = cloudflare.Provider(
            Role.CLOUDFLARE.of(name), api_token=secret(TOKEN), opts=pulumi.ResourceOptions(parent=self)
        )
        self.records: list[pulumi.Resource] = [
            cloudflare.DnsRecord(
                record.key,
                zone_id=spec.zone,
                name=str(record.name),
                type=record.type,
                content=record.content,
                # Automatic. Cloudflare knows no other for a proxied record, and one that stays is one change less.
                ttl=1,
                proxied=record.proxied,
                comment=mark(topology.stack),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=provider,
                    # Only another zone replaces a record, and there it can be made before the old one goes.
                    delete_before_replace=False,
                    import_=there.get(record.key),
                    # Nothing that was there before the stack goes while its name is listed.
                    retain_on_delete=record.name in spec.adopt,
                ),
            )
            for record in topology.records
        ]
        self.register_outputs({"zone": spec.zone})


def taken_over(topology: Topology, spec: DnsSpec) -> dict[str, str]:
    """What Pulumi imports, by `Record.key`. Asks Cloudflare, in a preview too, and ends the run if something is wrong.

    While Cloudflare does not answer, a run goes on: what needs no change of a record shall not wait for it.
    """
    # What asks over HTTP takes a third of a second, which only a stack with a zone has to wait for.
    from clients.cloudflare import Unavailable, look  # noqa: PLC0415

    try:
        zone = look(spec.zone, pulumi.Config(SECRETS).require(TOKEN))
    except StackError as refused:
        raise pulumi.RunError(str(refused)) from None
    except Unavailable as unavailable:
        pulumi.log.warn(f"dns: {unavailable}; nothing is known about records that others made")
        return {}
    mistake = errors.first(mistakes(zone, topology.stack, topology.records, spec.adopt))
    if mistake:
        raise pulumi.RunError(str(mistake))
    there = adopted(zone, topology.records, spec.adopt)
    in_state = os.environ.get(IN_STATE)
    if in_state is not None:
        return {key: f"{spec.zone}/{found.id}" for key, found in there.items() if key not in in_state.split()}
    strangers = sorted(key for key, found in there.items() if found.comment != mark(topology.stack))
    if strangers:
        raise pulumi.RunError(
            f"dns.adopt: {', '.join(strangers)} can be taken over by `make up` alone, which knows what the stack "
            "has already; run it once, or take them out of the list"
        )
    return {}
