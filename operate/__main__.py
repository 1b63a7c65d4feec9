"""`python -m operate COMMAND --stack NAME`; the Makefile's targets are one of these each."""

from __future__ import annotations

import atexit
import gc
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

# A command imports for most of its time and ends; collecting garbage meanwhile, or at its end, costs a tenth each.
gc.disable()
atexit.register(gc.freeze)

import typer  # noqa: E402

from config.values.errors import StackError  # noqa: E402
from host.errors import Interrupted, OperatorError  # noqa: E402
from operate.engine.watched import SIGNALS, shown  # noqa: E402
from operate.stack import Stack  # noqa: E402

INTERRUPTED = 130
"""Exit code of what the operator has ended, as shells have it."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
StackOption = Annotated[str, typer.Option("--stack", help="Stack; its file is Pulumi.<stack>.yaml.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else there.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def up(stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Bring the host to what the stack file says."""
    _run("up", stack, yes=yes)


@app.command()
def preview(stack: StackOption = "dev", *, diff: bool = False, json: JsonOption = False) -> None:
    """Show what `up` would do."""
    _run("preview", stack, diff=diff, as_json=json)


@app.command()
def status(stack: StackOption = "dev", *, json: JsonOption = False) -> None:
    """Show what really runs."""
    _run("status", stack, as_json=json)


@app.command()
def logs(
    service: str,
    stack: StackOption = "dev",
    *,
    follow: bool = False,
    since: str = "",
    grep: str = "",
    lines: str = "",
) -> None:
    """Show the log of one service, or of several with commas between."""
    _run("logs", stack, service, follow=follow, since=since, grep=grep, lines=lines)


@app.command()
def shell(service: str, stack: StackOption = "dev") -> None:
    """Open a shell in a service's container."""
    _run("shell", stack, service)


@app.command()
def run(service: str, stack: StackOption = "dev", *, command: str = "") -> None:
    """Run a line of shell in a service's container."""
    _run("run", stack, service, command)


@app.command()
def psql(service: str, stack: StackOption = "dev") -> None:
    """Open psql in a service's database."""
    _run("psql", stack, service)


@app.command()
def tunnel(service: str, stack: StackOption = "dev", *, port: str = "") -> None:
    """Lead a port of this machine to a service's container."""
    _run("tunnel", stack, service, port)


@app.command()
def history(stack: StackOption = "dev", *, service: str = "", json: JsonOption = False) -> None:
    """Show what happened to the services of the host."""
    _run("history", stack, service or None, as_json=json)


@app.command()
def alert_test(stack: StackOption = "dev") -> None:
    """Send a message by every way out."""
    _run("alert_test", stack)


@app.command()
def rollback(
    service: str, stack: StackOption = "dev", *, data: bool = False, at: str = "", yes: YesOption = False
) -> None:  # fmt: skip
    """Go back to a service's release before the present one, or with its data to before its last rollout."""
    _run("rollback", stack, service, data=data, at=at, yes=yes)


@app.command()
def deploy(service: str, image: str, stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Roll out another image of a service, and write it into the stack file."""
    _run("deploy", stack, service, image, yes=yes)


@app.command()
def restart(service: str, stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Recreate a service's container with the same settings."""
    _run("restart", stack, service, yes=yes)


@app.command()
def stop(service: str, stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Stop a service until `start`; the stack file says so."""
    _run("stop", stack, service, yes=yes)


@app.command()
def start(service: str, stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Start a service that was stopped."""
    _run("start", stack, service, yes=yes)


@app.command()
def maintenance(
    site: str,
    stack: StackOption = "dev",
    *,
    on: bool = False,
    off: bool = False,
    text: str = "",
    allow: str = "",
    yes: YesOption = False,
) -> None:
    """Close a site for maintenance, or open it again; the stack file says so."""
    _run("maintenance", stack, site, on=on, off=off, text=text, allow=allow, yes=yes)


@app.command()
def down(stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Remove containers and network; the data stays."""
    _run("down", stack, yes=yes)


@app.command()
def delete_data(stack: StackOption = "dev", *, confirm: str = "", service: str = "") -> None:
    """Remove the stack's data, or that of one service, for good."""
    _run("delete_data", stack, service or None, confirm=confirm)


@app.command()
def backup(stack: StackOption = "dev", *, init: bool = False, to: str = "") -> None:
    """Back up the stack's data, into the stack's repository or to this machine."""
    _run("backup", stack, init=init, to=to)


@app.command()
def backups(stack: StackOption = "dev", *, json: JsonOption = False) -> None:
    """List the backups in the stack's repository."""
    _run("backups", stack, as_json=json)


@app.command()
def drill(stack: StackOption = "dev", *, at: str = "") -> None:
    """Try whether the newest backup can be put back."""
    _run("drill", stack, at=at)


@app.command()
def restore(
    folder: Annotated[str, typer.Argument()] = "",
    stack: StackOption = "dev",
    *,
    confirm: str = "",
    at: str = "",
    service: str = "",
) -> None:
    """Fill the stack's volumes from a backup."""
    _run("restore", stack, folder, confirm=confirm, at=at, service=service)


@app.command()
def forget(server: str, stack: StackOption = "dev") -> None:
    """Take a lost server out of the state."""
    _run("forget", stack, server)


@app.command()
def rebuild(
    server: Annotated[str, typer.Argument()] = "", stack: StackOption = "dev", *, at: str = "", yes: YesOption = False
) -> None:
    """Put a lost server's data back on the stack's present one, and bring it up."""
    _run("rebuild", stack, server, at=at, yes=yes)


@app.command()
def secrets(stack: StackOption = "dev", *, rotate: str = "") -> None:
    """Make or ask for the secrets that are missing; or give one a new value."""
    _run("secrets", stack, rotate)


@app.command()
def pin(stack: StackOption = "dev", *, service: str = "", image: str = "") -> None:
    """Write the digest of each image into the stack file, or of a service's new one."""
    _run("pin", stack, service=service, image=image)


@app.command()
def outdated(stack: StackOption = "dev") -> None:
    """Show newer tags of the stack's images."""
    _run("outdated", stack)


@app.command()
def drift(stack: StackOption = "dev", *, json: JsonOption = False) -> None:
    """Compare the host with what was deployed."""
    _run("drift", stack, as_json=json)


@app.command("doctor")
def doctor_(stack: StackOption = "dev", *, json: JsonOption = False) -> None:
    """Look at everything that has to be right before a run."""
    _run("doctor", stack, as_json=json)


@app.command()
def host_key(stack: StackOption, *, fingerprint: str = "") -> None:
    """Fetch a server's host key, and pin it in the stack file once it was compared."""
    _run("host_key", stack, fingerprint=fingerprint)


@app.command()
def env(stack: StackOption = "dev") -> None:
    """Print what a plain `pulumi` needs."""
    _run("env", stack)


def _run(command: str, stack: str, *arguments: object, **options: object) -> None:
    """Run one of `operate.commands`, of which none imports what another one alone needs, and end with its exit code."""
    run = getattr(import_module(f"operate.commands.{command}"), command)
    raise typer.Exit(run(Stack(stack, Path.cwd()), *arguments, **options))


def main() -> None:
    """Run, and show a mistake of the operator's as one line."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        app()
    except Interrupted as error:
        _end(str(error), INTERRUPTED)
    except (OperatorError, StackError) as error:
        _end(str(error), 1)


def _interrupt(*_: object) -> None:
    raise Interrupted("interrupted")


def _end(line: str, code: int) -> None:
    """End with that as the last line, on whatever is left of the terminal."""
    shown(2, f"error: {line}\n".encode())
    sys.exit(code)


if __name__ == "__main__":
    main()
