"""`make secrets`: each secret that a stack needs is made, or asked for, or named as missing. None is ever shown."""

from __future__ import annotations

import getpass
import sys
import warnings
from secrets import token_hex
from typing import TYPE_CHECKING

import bcrypt
from rich.markup import escape

from config.catalog.entry import Origin
from config.catalog.secrets import needs
from config.checks.stack import mistakes
from config.stackfile.read import read_stack_file
from config.values import errors
from config.values.secret import Secret
from host.errors import OperatorError
from host.names import VOLUME
from operate.engine.pulumi import Engine
from operate.terminal import console, headed, show

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from rich.table import Table

    from config.catalog.secrets import Need
    from operate.engine.state import State
    from operate.stack import Stack

LENGTH = 64
"""Hexadecimal digits of a secret that is made here: 256 bits, and no character that any program could trip over."""

COST = 5
"""Of bcrypt, 2 ms. A visitor waits behind those whose passwords are wrong, and one of `SHORTEST_PASSWORD` characters is
not found by trying, whatever a try costs."""
LONGEST_PASSWORD = 72
"""Bytes that bcrypt reads; what follows would count for nothing."""


def secrets(stack: Stack, rotated: str) -> int:
    """Give one secret a new value, or, where none is named, make or ask for all that are missing."""
    return rotate(stack, rotated) if rotated else provide(stack)


def provide(stack: Stack) -> int:
    """Set what is missing, leave alone what is there, show what there is; OperatorError names what is still missing."""
    present = read_stack_file(stack.file).secrets
    found = needs(stack.settings, present)
    _check(stack, found, present)
    absent = [need for need in found if need.name not in present]
    made: dict[str, str] = {}
    if absent:
        engine = Engine(stack)
        engine.open()
        _refuse_lost(stack, absent, engine.state())
        made = {need.name: value for need in absent if (value := _value(need))}
        for name, value in made.items():
            engine.set_secret(name, value)
    show(table(stack.name, found, present, made))
    _remind(stack)
    left = [need for need in absent if need.name not in made]
    if left:
        raise _missing(stack, left)
    return 0


def rotate(stack: Stack, name: str) -> int:
    """Give a secret that may change a new value, made or asked for. The next `up` rolls the services that use it."""
    present = read_stack_file(stack.file).secrets
    found = {need.name: need for need in needs(stack.settings, present)}
    need = found.get(name)
    if need is None:
        known = f"known are {', '.join(map(errors.shown, found))}" if found else "this stack uses none"
        raise OperatorError(f"ROTATE={name}: there is no such secret; {known}")
    if need.permanent:
        raise OperatorError(f"secret:{name}: must stay what it is: {need.permanent}; keep it, and a copy of it")
    if name not in present:
        raise OperatorError(f"secret:{name}: is not set yet; run `make secrets STACK={stack.name}`")
    _check(stack, found.values(), present)
    engine = Engine(stack)
    engine.open()
    value = _value(need)
    if value is None:
        raise _missing(stack, [need], f" ROTATE={name}")
    engine.set_secret(name, value)
    console.print(f"secret:{name}: has a new value; `make up STACK={stack.name}` {_effect(need)}", markup=False)
    _remind(stack)
    return 0


def table(stack: str, found: Iterable[Need], present: Collection[str], made: Collection[str]) -> Table:
    """Secret, used by, state."""
    shown = headed(f"{stack}: secrets", "Secret", "Used by", "State")
    for need in found:
        state = "[red]missing[/red]"
        if need.name in present:
            state = "set already"
        elif need.name in made:
            state = f"[green]{'made' if need.origin is Origin.MADE else 'entered'} now[/green]"
        shown.add_row(escape(errors.shown(need.name)), ", ".join(need.used_by) or "-", state)
    return shown


def _check(stack: Stack, found: Iterable[Need], present: Mapping[str, Secret]) -> None:
    """Refuse a stack file that is wrong, but for what is missing here and for digests, which `make pin` writes."""
    complete = {need.name: Secret.sealed("") for need in found} | dict(present)
    wrong = [error for error in mistakes(stack.settings, complete) if not error.key.endswith(".image")]
    error = errors.first(wrong)
    if error:
        raise error


def _refuse_lost(stack: Stack, absent: Iterable[Need], state: State) -> None:
    """Refuse to make a key up whose data is there already: it was encrypted with another one."""
    volumes = {resource.id for resource in state.everything if resource.type == VOLUME}
    for need in absent:
        if need.permanent and volumes.intersection(need.volumes):
            raise OperatorError(
                f"secret:{need.name}: is missing, and there is data that belongs to it; put it back from your copy of "
                f"{stack.file.name}, because with a new one {need.permanent}"
            )


def _value(need: Need) -> str | None:
    """A value for the secret, made or asked for; None without a terminal, or without an answer."""
    if need.origin is Origin.MADE:
        return token_hex((max(LENGTH, need.length) + 1) // 2)
    if not sys.stdin.isatty():
        return None
    value = _ask(f"{need.name}, for {', '.join(need.used_by)} ({_rule(need)}is not shown; empty: not now): ")
    if value and len(value) < need.length:
        raise OperatorError(f"secret:{need.name}: has fewer than {need.length} characters; nothing was changed")
    if value and need.origin is Origin.PASSWORD:
        return _hash(need, value)
    return value or None


def _rule(need: Need) -> str:
    """What is asked of it, said before it is typed."""
    if need.origin is Origin.PASSWORD:
        return f"{need.length} to {LONGEST_PASSWORD} characters, "
    return f"at least {need.length} characters, " if need.length > 1 else ""


def _hash(need: Need, password: str) -> str:
    """The password's bcrypt hash, once it was typed twice."""
    if len(password.encode()) > LONGEST_PASSWORD:
        raise OperatorError(f"secret:{need.name}: has more than {LONGEST_PASSWORD} bytes; nothing was changed")
    if _ask("the same once more: ") != password:
        raise OperatorError(f"secret:{need.name}: was typed in two ways; nothing was changed")
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode()


def _ask(prompt: str) -> str:
    """What is typed, without showing it."""
    with warnings.catch_warnings():
        # Where it cannot be hidden it is not asked for.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except getpass.GetPassWarning:
            raise OperatorError("this terminal shows what is typed; use one that does not") from None
        except EOFError:
            return ""


def _effect(need: Need) -> str:
    """What the next `up` does with a new value."""
    users = ", ".join(need.used_by)
    if need.origin is Origin.PASSWORD:
        return f"makes it the password of {users}, without a rollout"
    if need.origin is Origin.LOG_IN:
        return f"logs in to {users} with it, and rolls nothing"
    return f"rolls {users} and nothing else" if users else "changes nothing: no service uses it"


def _remind(stack: Stack) -> None:
    console.print(
        f"Keep {stack.file.name} and its passphrase in different places, neither of them only on the server: "
        "who has both has every secret, and who has lost one of them has lost them all.",
        soft_wrap=True,
    )


def _missing(stack: Stack, left: Iterable[Need], arguments: str = "") -> OperatorError:
    """The error that names what only the operator knows."""
    names = ", ".join(f"secret:{need.name}" for need in left)
    command = f"make secrets STACK={stack.name}{arguments}"
    return OperatorError(f"{names}: missing, and only you know it; run `{command}` in a terminal, which asks for it")
