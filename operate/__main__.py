"""`python -m operate COMMAND --stack NAME`; the Makefile's targets are one of these each."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.errors import StackError
from operate import backup as backups
from operate import commands, deploy, doctor, hostkey, keys, moved
from operate import restore as restoring
from operate.drift import drift as find_drift
from operate.errors import Interrupted, OperatorError
from operate.stack import Stack
from operate.watched import SIGNALS, shown

INTERRUPTED = 130
"""Exit code of what the operator has ended, as shells have it."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
StackOption = Annotated[str, typer.Option("--stack", help="Stack; its file is Pulumi.<stack>.yaml.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def up(stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Bring the host to what the stack file says."""
    raise typer.Exit(deploy.up(_stack(stack), yes=yes))


@app.command()
def preview(stack: StackOption = "dev", *, diff: bool = False) -> None:
    """Show what `up` would do."""
    raise typer.Exit(deploy.preview(_stack(stack), diff=diff))


@app.command()
def status(stack: StackOption = "dev") -> None:
    """Show what really runs."""
    raise typer.Exit(commands.status(_stack(stack)))


@app.command()
def logs(service: str, stack: StackOption = "dev", *, follow: bool = False, lines: int = 100) -> None:
    """Show a service's log."""
    raise typer.Exit(commands.logs(_stack(stack), service, follow=follow, lines=lines))


@app.command()
def history(stack: StackOption = "dev", *, service: str = "") -> None:
    """Show what happened to the services of the host."""
    raise typer.Exit(commands.show_history(_stack(stack), service or None))


@app.command()
def rollback(service: str, stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Go back to a service's release before the present one."""
    raise typer.Exit(deploy.rollback(_stack(stack), service, yes=yes))


@app.command()
def down(stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Remove containers and network; the data stays."""
    raise typer.Exit(commands.down(_stack(stack), yes=yes))


@app.command()
def delete_data(stack: StackOption = "dev", *, confirm: str = "", service: str = "") -> None:
    """Remove the stack's data, or that of one service, for good."""
    raise typer.Exit(commands.delete_data(_stack(stack), service or None, confirm=confirm))


@app.command()
def backup(stack: StackOption = "dev") -> None:
    """Copy the stack's data to this machine."""
    raise typer.Exit(backups.backup(_stack(stack)))


@app.command()
def restore(folder: Path, stack: StackOption = "dev", *, confirm: str = "") -> None:
    """Fill the stack's volumes from a backup."""
    raise typer.Exit(restoring.restore(_stack(stack), folder, confirm=confirm))


@app.command()
def forget(server: str, stack: StackOption = "dev") -> None:
    """Take a lost server out of the state."""
    raise typer.Exit(moved.forget(_stack(stack), server))


@app.command()
def secrets(stack: StackOption = "dev", *, rotate: str = "") -> None:
    """Make or ask for the secrets that are missing; or give one a new value."""
    raise typer.Exit(keys.rotate(_stack(stack), rotate) if rotate else keys.provide(_stack(stack)))


@app.command()
def pin(stack: StackOption = "dev") -> None:
    """Write the digest of each image into the stack file."""
    # What asks registries takes a while to import, and no other command needs it.
    from operate import pin as pinning  # noqa: PLC0415

    raise typer.Exit(pinning.pin(_stack(stack)))


@app.command()
def drift(stack: StackOption = "dev") -> None:
    """Compare the host with what was deployed."""
    raise typer.Exit(find_drift(_stack(stack)))


@app.command("doctor")
def doctor_(stack: StackOption = "dev") -> None:
    """Look at everything that has to be right before a run."""
    raise typer.Exit(doctor.doctor(_stack(stack)))


@app.command()
def host_key(stack: StackOption, *, fingerprint: str = "") -> None:
    """Fetch a server's host key, and pin it in the stack file once it was compared."""
    raise typer.Exit(hostkey.pin(_stack(stack), fingerprint=fingerprint))


@app.command()
def environment(stack: StackOption = "dev") -> None:
    """Print what a plain `pulumi` needs."""
    raise typer.Exit(commands.environment(_stack(stack)))


def _stack(name: str) -> Stack:
    return Stack(name, Path.cwd())


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
