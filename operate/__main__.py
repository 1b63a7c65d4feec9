"""`python -m operate COMMAND --stack NAME`; the Makefile's targets are one of these each."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.values.errors import StackError
from host.errors import Interrupted, OperatorError
from operate.commands.backup import backup as run_backup
from operate.commands.delete_data import delete_data as run_delete_data
from operate.commands.doctor import doctor as run_doctor
from operate.commands.down import down as run_down
from operate.commands.drift import drift as run_drift
from operate.commands.env import env as run_env
from operate.commands.forget import forget as run_forget
from operate.commands.history import history as run_history
from operate.commands.host_key import host_key as run_host_key
from operate.commands.logs import logs as run_logs
from operate.commands.preview import preview as run_preview
from operate.commands.restore import restore as run_restore
from operate.commands.rollback import rollback as run_rollback
from operate.commands.secrets import provide
from operate.commands.secrets import rotate as rotate_secret
from operate.commands.status import status as run_status
from operate.commands.up import up as run_up
from operate.engine.watched import SIGNALS, shown
from operate.stack import Stack

INTERRUPTED = 130
"""Exit code of what the operator has ended, as shells have it."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
StackOption = Annotated[str, typer.Option("--stack", help="Stack; its file is Pulumi.<stack>.yaml.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def up(stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Bring the host to what the stack file says."""
    raise typer.Exit(run_up(_stack(stack), yes=yes))


@app.command()
def preview(stack: StackOption = "dev", *, diff: bool = False) -> None:
    """Show what `up` would do."""
    raise typer.Exit(run_preview(_stack(stack), diff=diff))


@app.command()
def status(stack: StackOption = "dev") -> None:
    """Show what really runs."""
    raise typer.Exit(run_status(_stack(stack)))


@app.command()
def logs(service: str, stack: StackOption = "dev", *, follow: bool = False, lines: int = 100) -> None:
    """Show a service's log."""
    raise typer.Exit(run_logs(_stack(stack), service, follow=follow, lines=lines))


@app.command()
def history(stack: StackOption = "dev", *, service: str = "") -> None:
    """Show what happened to the services of the host."""
    raise typer.Exit(run_history(_stack(stack), service or None))


@app.command()
def rollback(service: str, stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Go back to a service's release before the present one."""
    raise typer.Exit(run_rollback(_stack(stack), service, yes=yes))


@app.command()
def down(stack: StackOption = "dev", *, yes: YesOption = False) -> None:
    """Remove containers and network; the data stays."""
    raise typer.Exit(run_down(_stack(stack), yes=yes))


@app.command()
def delete_data(stack: StackOption = "dev", *, confirm: str = "", service: str = "") -> None:
    """Remove the stack's data, or that of one service, for good."""
    raise typer.Exit(run_delete_data(_stack(stack), service or None, confirm=confirm))


@app.command()
def backup(stack: StackOption = "dev") -> None:
    """Copy the stack's data to this machine."""
    raise typer.Exit(run_backup(_stack(stack)))


@app.command()
def restore(folder: Path, stack: StackOption = "dev", *, confirm: str = "") -> None:
    """Fill the stack's volumes from a backup."""
    raise typer.Exit(run_restore(_stack(stack), folder, confirm=confirm))


@app.command()
def forget(server: str, stack: StackOption = "dev") -> None:
    """Take a lost server out of the state."""
    raise typer.Exit(run_forget(_stack(stack), server))


@app.command()
def secrets(stack: StackOption = "dev", *, rotate: str = "") -> None:
    """Make or ask for the secrets that are missing; or give one a new value."""
    raise typer.Exit(rotate_secret(_stack(stack), rotate) if rotate else provide(_stack(stack)))


@app.command()
def pin(stack: StackOption = "dev") -> None:
    """Write the digest of each image into the stack file."""
    # What asks registries takes a while to import, and no other command needs it.
    from operate.commands.pin import pin as run_pin  # noqa: PLC0415

    raise typer.Exit(run_pin(_stack(stack)))


@app.command()
def drift(stack: StackOption = "dev") -> None:
    """Compare the host with what was deployed."""
    raise typer.Exit(run_drift(_stack(stack)))


@app.command("doctor")
def doctor_(stack: StackOption = "dev") -> None:
    """Look at everything that has to be right before a run."""
    raise typer.Exit(run_doctor(_stack(stack)))


@app.command()
def host_key(stack: StackOption, *, fingerprint: str = "") -> None:
    """Fetch a server's host key, and pin it in the stack file once it was compared."""
    raise typer.Exit(run_host_key(_stack(stack), fingerprint=fingerprint))


@app.command()
def env(stack: StackOption = "dev") -> None:
    """Print what a plain `pulumi` needs."""
    raise typer.Exit(run_env(_stack(stack)))


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
