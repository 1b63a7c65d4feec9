"""A machine: its Docker provider, and "run this script there"."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker
from pulumi_command import local

from config.topology.model import SshHost
from host import bundle
from host import identity as daemon
from host.environment import environment
from host.labels import STACK
from host.names import HOST, Role, docker_provider
from host.paths import SCRIPTS, root
from host.ssh import SSH_FAILED, argv, as_root, options, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.topology.model import Topology

NO_DAEMON = "docker: no daemon answers; start it, or point DOCKER_HOST at one that runs"
SIGN = """\
given() { printf %s "$1" | tr -cd 'A-Za-z0-9@._ -'; }
{ printf '{"by": "%s", "data": "%s", "request": ' "$(given "$SMARTER_NET_BY")" "$(given "${SMARTER_NET_DATA-}")"
cat; printf '}'; } | """
PYTHON = '"${SMARTER_NET_PYTHON:-python3}" -I -S'
"""Which Python runs the program on the host: on this machine the project's own, where `make` says which it is."""


@dataclass(frozen=True)
class FoundNetwork:
    """A network that is on the host already."""

    id: str
    stack: str
    """The stack that made it; empty if none of ours did."""


def installer(root: str, storage: str) -> str:
    """A shell script that lays the folder out and writes the scripts, each renamed into place.

    `storage`: where the certificates are kept, a volume or a directory of the host.
    """
    parts = [
        # All of it is read before any of it is done: a text that was cut off changes nothing.
        "{",
        "set -eu",
        "umask 022",
        f"root='{root}'",
        *(_directory(storage) if storage.startswith("/") else []),
        'mkdir -p "$root/bin" "$root/log" "$root/proxy/releases" "$root/run"',
        'chmod 755 "$root" "$root/proxy" "$root/proxy/releases"',
        # A process that can open a lock can hold it. What an older version has left there, too.
        'chmod 700 "$root/run"',
        'chmod go= "$root"/run/*.lock 2>/dev/null || :',
        f"{PYTHON} -m base64 -d >\"$root/bin/.new\" <<'END-OF-PROGRAM'\n{bundle.text()}END-OF-PROGRAM",
        f'mv -f "$root/bin/.new" "$root/bin/{bundle.FILE}"',
    ]
    scripts = sorted(SCRIPTS.glob("*.sh"))
    for script in scripts:
        parts += [
            f"cat >\"$root/bin/.new\" <<'END-OF-SCRIPT'\n{script.read_text()}END-OF-SCRIPT",
            f'mv -f "$root/bin/.new" "$root/bin/{script.name}"',
        ]
    # What an older version has left.
    kept = "|".join([bundle.FILE, *(script.name for script in scripts)])
    parts += ['for file in "$root"/bin/*; do', f'case ${{file##*/}} in {kept}) ;; *) rm -rf "$file" ;; esac', "done"]
    return "\n".join([*parts, "}"]) + "\n"


def _directory(path: str) -> list[str]:
    """Shell lines that make a directory for its owner alone. Where only root may, Docker makes it, which is root."""
    make = f"mkdir -p '{path}' && chmod 700 '{path}'"
    return ['if [ "$(id -u)" = 0 ]; then', make, f"else {{ {make}; }} 2>/dev/null || :; fi"]


class Host(pulumi.ComponentResource):
    """The machine that a stack's containers run on.

    `provider` is the Docker provider of everything on it. `root` is the absolute path of this stack's folder there.
    `swarm` is what services wait for where one of them needs Docker's swarm mode; else empty.
    """

    def __init__(
        self,
        name: str,
        topology: Topology,
        secret: Callable[[str], pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(HOST, name, opts=opts)
        self._host = topology.host
        # A log-in goes with each pull, and is kept nowhere on the host.
        self._log_ins = [
            docker.ProviderRegistryAuthArgs(address=each.address, username=each.user, password=secret(each.secret))
            for each in topology.registries
        ] or None
        self.root = str(root(topology))
        scripts = installer(self.root, topology.proxy.storage.name)
        installed: list[pulumi.Resource] = []
        if isinstance(self._host, SshHost):
            scripts += f'{PYTHON} "$root/bin/{bundle.FILE}" install-unit\n'
            installed = [self._install(name)]
            self.provider = self._server(name, self._host, installed)
        else:
            self.provider = self._local(name)
        # No script runs before there is what all of them use.
        self._scripts = self.command(Role.SCRIPTS.of(name), "sh -s", stdin=scripts, parent=self, depends_on=installed)
        self.swarm = [self._swarm(name)] if topology.swarm else []
        self.register_outputs({"root": self.root, **self._identity()})

    def _swarm(self, name: str) -> pulumi.Resource:
        address = self._host.address if isinstance(self._host, SshHost) else "127.0.0.1"
        return self.script(Role.SWARM.of(name), "swarm.sh", stdin=f"{address}\n", parent=self)

    def _identity(self) -> dict[str, dict[str, str]]:
        """Which daemon of this machine it is, for the state: another one is refused by the next run."""
        found = None if isinstance(self._host, SshHost) else daemon.identity()
        return {"daemon": asdict(found)} if found else {}

    def _local(self, name: str) -> docker.Provider:
        # Where DOCKER_HOST says it the plugin reads that by itself, and no plan depends on it.
        try:
            endpoint = daemon.context_endpoint()
        except (OSError, RuntimeError) as error:
            raise pulumi.RunError(f"docker: {error}; `docker context ls` shows what there is") from None
        opts = pulumi.ResourceOptions(parent=self)
        return docker.Provider(docker_provider(name), host=endpoint, registry_auth=self._log_ins, opts=opts)

    def _install(self, name: str) -> pulumi.Resource:
        """Docker, and what the scripts need, where it is missing."""
        script = (SCRIPTS / "install.sh").read_text(encoding="utf-8")
        return self.command(Role.INSTALL.of(name), "sh -s", stdin=script, parent=self)

    def _server(self, name: str, server: SshHost, installed: list[pulumi.Resource]) -> docker.Provider:
        """Docker on the server, over the shared connection."""
        return docker.Provider(
            docker_provider(name, server.address),
            host=f"ssh://{server.user}@{server.address}:{server.port}",
            ssh_opts=options(server),
            registry_auth=self._log_ins,
            opts=pulumi.ResourceOptions(parent=self, depends_on=installed),
        )

    def find_network(self, name: str) -> FoundNetwork | None:
        """The network of that name, if it is there. Asks the daemon, in a preview too; changes nothing.

        Through the docker command, as everything on the host: Pulumi's own look-up does not tell a network's labels.
        """
        shown = f'{{{{.Id}}}} {{{{index .Labels "{STACK}"}}}}'
        command = shlex.join(["docker", "network", "inspect", "--format", shown, name])
        # The program's own has every secret of the stack, decrypted.
        line = argv(self._host, as_root(self._host, command))
        asked = subprocess.run(line, capture_output=True, text=True, check=False, env=environment())
        if not asked.returncode:
            identity, _, stack = asked.stdout.strip().partition(" ")
            return FoundNetwork(identity, stack.replace("<no value>", ""))
        why = asked.stderr.strip()
        if f"network {name} not found" in why.lower() or "no such network" in why.lower():
            return None
        if isinstance(self._host, SshHost):
            if asked.returncode == SSH_FAILED:
                raise pulumi.RunError(unreachable(self._host, why))
            if "docker" in why and "not found" in why:
                # A new server. The run installs it.
                return None
        elif "docker" in why and "not found" in why:
            raise pulumi.RunError("docker: the docker command is not installed, or not on PATH")
        raise pulumi.RunError(NO_DAEMON if "daemon" in why.lower() else f"docker: {why}")

    def script(
        self,
        name: str,
        script: str,
        *,
        stdin: pulumi.Input[str],
        parent: pulumi.Resource,
        depends_on: list[pulumi.Resource] | None = None,
    ) -> pulumi.Resource:
        """Runs `bin/<script>` on the machine with `stdin`, again whenever `stdin` changes."""
        after = [self._scripts, *(depends_on or [])]
        return self.command(name, f"sh '{self.root}/bin/{script}'", stdin=stdin, parent=parent, depends_on=after)

    def program(
        self,
        name: str,
        command: str,
        *,
        stdin: pulumi.Input[str],
        parent: pulumi.Resource,
        depends_on: list[pulumi.Resource] | None = None,
        signed: bool = False,
        undo: str = "",
    ) -> pulumi.Resource:
        """Runs a command of the program on the machine, see host/program; again whenever `stdin` changes.

        `signed`: with who runs it. It is put in as it runs, so that no plan depends on it. `undo`: another one, once
        the resource goes.
        """
        after = [self._scripts, *(depends_on or [])]
        line = f"{PYTHON} '{self.root}/bin/{bundle.FILE}' "
        return self.command(
            name, line + command, stdin=stdin, parent=parent, depends_on=after, before=SIGN if signed else "",
            undo=line + undo if undo else "",
        )  # fmt: skip

    def command(
        self,
        name: str,
        command: str,
        *,
        stdin: pulumi.Input[str],
        parent: pulumi.Resource,
        depends_on: list[pulumi.Resource] | None = None,
        before: str = "",
        undo: str = "",
    ) -> pulumi.Resource:
        """Runs one shell command on the machine, `before` on this one in front of it; `undo` when the resource goes.

        Its text is shown when it fails, so data goes through `stdin`.
        """
        return local.Command(
            name,
            create=before + self._shell(command),
            delete=self._shell(undo) if undo else None,
            stdin=stdin,
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(
                parent=parent, depends_on=depends_on, delete_before_replace=True if undo else None
            ),
        )

    def _shell(self, command: str) -> str:
        """The command as the shell of this machine runs it, on the machine that it is meant for."""
        if not isinstance(self._host, SshHost):
            return command
        return shlex.join(argv(self._host, as_root(self._host, command)))
