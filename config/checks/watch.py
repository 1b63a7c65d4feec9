"""The checks of a stack file's watch: ways out that lead somewhere, and the secrets that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.catalog.watch import GROUP, WATCH
from config.checks.accessories import not_http
from config.checks.missing import missing
from config.values.errors import StackError
from config.values.units import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.catalog.merged import Merged
    from config.stackfile.settings import Settings
    from config.stackfile.watch_settings import WatchSettings
    from config.values.secret import Secret

LIMITS = {"every": ("5s", "5m"), "slow": ("100ms", "1m")}
"""Shortest and longest."""


def mistakes(settings: Settings, services: Mapping[str, Merged], secrets: Mapping[str, Secret]) -> Iterator[StackError]:
    """Yield what is wrong, in the order of the stack file. `services`: what exists in the stack."""
    if settings.watch.spec is None:
        yield from _without(settings)
        return
    yield from _ways(settings.watch)
    for key, (least, most) in LIMITS.items():
        value: Duration = getattr(settings.watch, key)
        if not Duration.parse(least) <= value <= Duration.parse(most):
            yield StackError(f"watch.{key}", f"{value} is too short or too long", f"set {least} to {most}")
    for name in settings.watch.spec.secrets:
        if name not in secrets:
            yield missing(name, ": no message could be sent without it", secrets)
    for entry in WATCH:
        if services[entry.name].own.enabled is False:
            cure = f"remove it, or all of `smarter-net:{GROUP}:`"
            yield StackError(f"services.{entry.name}.enabled", "without it the others see nothing", cure)
        yield from not_http(services[entry.name])


def _without(settings: Settings) -> Iterator[StackError]:
    if settings.watch.model_fields_set:
        cure = "add who is told, such as `tell: {ntfy: {url: https://ntfy.sh/topic}}`, or remove the section"
        yield StackError("watch.tell", "is missing, and without it no program looks", cure)
    for entry in WATCH:
        if entry.name in settings.services:
            cure = f"add `smarter-net:{GROUP}:`, or remove it"
            yield StackError(f"services.{entry.name}", f"is part of {GROUP}, which this stack has not", cure)


def _ways(own: WatchSettings) -> Iterator[StackError]:
    tell = own.tell
    if tell is None:
        return
    if not tell.model_fields_set:
        cure = "add email, telegram, slack, webhook or ntfy, or remove the section"
        yield StackError("watch.tell", "names no way out, so no message would reach you", cure)
    if tell.email and tell.email.user and not tell.email.secret:
        cure = "add the name of the password's secret, such as watch-email-password, or remove user"
        yield StackError("watch.tell.email.secret", "is missing, and a user without a password cannot log in", cure)
    if tell.email and tell.email.secret and not tell.email.user:
        yield StackError(
            "watch.tell.email.user",
            "is missing, and without it there is no log-in",
            "add who logs in, or remove secret",
        )
    for kind, found in (("webhook", tell.webhook), ("ntfy", tell.ntfy)):
        if found and found.secret and found.url.startswith("http://"):
            yield StackError(f"watch.tell.{kind}.url", "would carry its secret in clear text", "write https://")
