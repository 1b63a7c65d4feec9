"""What stands in a zone, asked from Cloudflare. Apart from `dns.py`: it needs no engine."""

from __future__ import annotations

import os
from time import sleep
from typing import Any

import httpx

from config.topology.records import TOKEN, Found, Zone
from config.values.errors import StackError

BASE_URL = "https://api.cloudflare.com/client/v4/"
PAGE = 5000
"""Records in one answer; Cloudflare's free zones hold 200."""
TRIES = 4
LONGEST_WAIT = 10
"""Seconds between two tries."""

JSON = dict[str, Any]


class Unavailable(Exception):  # noqa: N818 - it names a state of Cloudflare's, not a failure of ours
    """Cloudflare does not answer, or not now."""


def look(zone: str, token: str) -> Zone:
    """The zone with its records. StackError if Cloudflare refuses token or zone, Unavailable if it does not answer."""
    base_url = os.environ.get("CLOUDFLARE_BASE_URL", BASE_URL)
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=10) as client:
        name = _result(client, f"zones/{zone}")["name"]
        records = _result(client, f"zones/{zone}/dns_records?per_page={PAGE}")
    return Zone(name=name, records=tuple(_found(record) for record in records))


def _found(record: JSON) -> Found:
    return Found(
        id=record["id"],
        name=record["name"],
        type=record["type"],
        content=record.get("content", ""),
        comment=record.get("comment"),
        proxied=bool(record.get("proxied")),
    )


def _result(client: httpx.Client, path: str) -> Any:  # noqa: ANN401 - JSON
    """The result of one question, asked again while Cloudflare wants it to wait."""
    said = ""
    for attempt in range(TRIES):
        try:
            answer = client.get(path)
        except httpx.TransportError as error:
            said = str(error)
            wait = 1.0
        else:
            if answer.is_success:
                return answer.json()["result"]
            said = _said(answer)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and not answer.is_server_error:
                raise _refusal(answer, said)
            wait = _wait(answer)
        if attempt < TRIES - 1:
            sleep(wait)
    raise Unavailable(f"Cloudflare does not answer ({said})")


def _refusal(answer: httpx.Response, said: str) -> StackError:
    if answer.status_code == httpx.codes.NOT_FOUND:
        return StackError(
            "dns.zone", f"Cloudflare knows no such zone ({said})", "copy it from the zone's overview page"
        )
    cure = f"make one that may edit this zone's DNS, and run `pulumi config set --secret secret:{TOKEN}`"
    return StackError(f"secret:{TOKEN}", f"Cloudflare refuses it for the zone dns.zone ({said})", cure)


def _said(answer: httpx.Response) -> str:
    """Cloudflare's own words."""
    try:
        errors = answer.json()["errors"]
        return "; ".join(f"{error['message']}, code {error['code']}" for error in errors) or answer.reason_phrase
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"


def _wait(answer: httpx.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(int(asked), LONGEST_WAIT) if asked.isdecimal() else 1.0
