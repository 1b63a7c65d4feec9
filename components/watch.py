"""The timer by which a host says each minute what only it knows. The programs that read it are services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from host.names import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.host import Host


class Watch(pulumi.ComponentResource):
    """The look around, from now on; `after`: the node exporter, whose volume it is put down in."""

    def __init__(
        self, name: str, host: Host, *, after: Sequence[pulumi.Resource], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("smarter-net:components:Watch", name, opts=opts)
        host.program(
            Role.MINUTE.of(name), "each-minute", stdin="\n", parent=self, depends_on=list(after), undo="no-minute"
        )
        self.register_outputs({})
