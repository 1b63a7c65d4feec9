"""What a rollout is asked to do: one JSON document, whole or not at all."""

from __future__ import annotations

import json
import os
import pwd
import re
from dataclasses import dataclass, field, fields
from typing import Any

from .errors import Failed

NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*")
NOT_IN_A_NAME = re.compile("[^A-Za-z0-9@._ -]")


@dataclass(frozen=True)
class Request:
    """One rollout of one service. Durations are seconds."""

    stack: str
    service: str
    container: str
    """Id of the created container that is to serve."""
    release: str
    image: str
    settings: str
    """The service's entry in the stack file, as JSON, for the history."""
    port: int
    order: str
    readiness: str
    """Path that a ready container answers; empty where its own health check is asked."""
    failure: str
    """What in its log says that it only looks ready; empty if nothing does."""
    first_start_cut: str
    """Regular expression for what it says for ever once its first start was cut short; empty if it never does."""
    way_out: str
    """What helps then."""
    start: int
    settle: int
    drain: int
    stop: int
    before: dict[str, Any] = field(default_factory=dict)
    """What is copied before a recreate, see before/snapshot.py; empty: nothing."""
    data: str = ""
    """The snapshot whose data takes the place of what there is; empty: none."""
    by: str = ""
    """Who runs it: the commands of `make` say so, else it is the user that is logged in."""

    @classmethod
    def parse(cls, text: str) -> Request:
        """From a document: the request itself, or `{"by": …, "request": …}`. Failed if any of it is missing."""
        document = document_of(text)
        inner = document.get("request", document)
        if not isinstance(inner, dict):
            raise incomplete("no object")
        values: dict[str, Any] = {
            "before": {},
            "data": "",
            **inner,
            "by": str(document.get("by") or inner.get("by") or ""),
        }
        known = {each.name: str(each.type).partition("[")[0] for each in fields(cls)}
        missing = [name for name in known if name not in values]
        if missing:
            raise incomplete(f"no {', '.join(missing)}")
        for name, type_ in known.items():
            if type(values[name]).__name__ != type_:
                raise incomplete(f"{name} is no {type_}")
        service, _, run = str(document.get("data") or "").partition(" ")
        if run and service == values["service"]:
            values["data"] = run
        if not NAME.fullmatch(values["service"]) or not values["container"]:
            raise incomplete("no service or no container")
        values["by"] = NOT_IN_A_NAME.sub("", values["by"]) or user()
        return cls(**{name: values[name] for name in known})


def user() -> str:
    """Who is logged in on this host."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def document_of(text: str) -> dict[str, Any]:
    """A JSON object. One that was cut off anywhere is none; Failed."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise incomplete(str(error) if text.strip() else "it is empty") from None
    if not isinstance(document, dict):
        raise incomplete("no object")
    return document


def incomplete(why: str) -> Failed:
    """What is not acted on."""
    return Failed(f"what was sent to the host is not whole ({why}); nothing was changed, run the same command again")
