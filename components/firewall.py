"""A server's firewall: nothing gets in but what the topology opens, and no ruleset can lock the operator out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pulumi
from pulumi_command import local

from config.render.nftables import render
from host.names import Role
from host.ssh import SSH_FAILED, argv, as_root

if TYPE_CHECKING:
    from components.host import Host
    from config.topology.model import FirewallSpec, SshHost, Topology

SECONDS = 30
"""After which the server takes the ruleset back by itself; three tries to log in take 17 s at most."""

FRESH = ("-o", "ControlPath=none", "-o", "ConnectTimeout=5", "-o", "LogLevel=QUIET")
"""The shared connection proves nothing: it is established already, and lives on whatever the ruleset says.

Quiet: of a try that fails, the end of `APPLY` says what it means.
"""

APPLY = """\
set -eu
%(apply)s
for pause in 1 1 0; do
    status=0
    %(confirm)s </dev/null || status=$?
    [ "$status" -eq %(ssh_failed)d ] || exit "$status"
    sleep "$pause"
done
%(rollback)s </dev/null || :
echo 'firewall: no log-in succeeds with the new ruleset, so it was taken back;\
 compare host.port and firewall.ssh-from with the server' >&2
exit 1
"""


class Firewall(pulumi.ComponentResource):
    """The server's own nftables table; without a firewall in the stack file the server has none of ours.

    Taken away by a resource of its own, not by the end of the other: a replacement ends the old one last.
    """

    def __init__(
        self, name: str, topology: Topology, server: SshHost, host: Host, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("smarter-net:components:Firewall", name, opts=opts)
        if topology.firewall:
            self._load(topology.firewall, server, host)
        else:
            self._take_away(host)
        self.register_outputs({})

    def _load(self, firewall: FirewallSpec, server: SshHost, host: Host) -> None:
        local.Command(
            Role.RULESET.of(self.pulumi_resource_name),
            create=applying(server, host.root),
            stdin=render(firewall),
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[host]),
        )

    def _take_away(self, host: Host) -> None:
        command = f"sh '{host.root}/bin/firewall.sh' remove"
        host.command(Role.NO_FIREWALL.of(self.pulumi_resource_name), command, stdin="", parent=self, depends_on=[host])


def applying(server: SshHost, root: str) -> str:
    """Shell text for this machine: load the ruleset on standard input, and keep it if a new log-in succeeds.

    One command, not two resources: a ruleset that was taken back is recorded nowhere, and the next run tries again.
    """
    return APPLY % {
        "apply": _over_ssh(server, root, f"apply {SECONDS}"),
        "confirm": _over_ssh(server, root, "confirm", *FRESH),
        "rollback": _over_ssh(server, root, "rollback"),
        "ssh_failed": SSH_FAILED,
    }


def _over_ssh(server: SshHost, root: str, command: str, *options: str) -> str:
    """One call of the script on the server, for a shell. Of an option that `ssh` is given twice the first counts."""
    ssh, *rest = argv(server, as_root(server, f"sh '{root}/bin/firewall.sh' {command}"))
    return shlex.join([ssh, *options, *rest])
