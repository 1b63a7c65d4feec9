"""Takes the AWS role of AWS_ROLE_ARN with the job's own identity; prints its keys as shell commands.

GitHub signs for a job that may ask for it (`id-token: write`) which repository and which environment it belongs to.
AWS trades that for keys that end by themselves, so that no key of AWS's is kept at GitHub. The AWS SDK could read the
signed identity itself, but it is valid for minutes, and the engine asks for keys at each of its starts.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 3600
"""How long the keys are valid: what every role allows, and no job lasts longer."""
AUDIENCE = "sts.amazonaws.com"
SHOWN = {
    "AccessKeyId": "AWS_ACCESS_KEY_ID",
    "SecretAccessKey": "AWS_SECRET_ACCESS_KEY",
    "SessionToken": "AWS_SESSION_TOKEN",
}
"""Element of AWS's answer -> variable."""


class RoleError(Exception):
    """Why the role cannot be taken, as `key: problem; cure`."""


def identity(environment: Mapping[str, str]) -> str:
    """The job's signed identity, a JSON Web Token."""
    try:
        url, token = (environment[f"ACTIONS_ID_TOKEN_REQUEST_{name}"] for name in ("URL", "TOKEN"))
    except KeyError:
        problem = "this job may not ask for an identity"
        raise RoleError(f"AWS_ROLE_ARN: {problem}; its permissions must have `id-token: write`") from None
    answer = _answer("GET", f"{url}&audience={AUDIENCE}", headers={"Authorization": f"Bearer {token}"})
    if answer.is_error:
        raise RoleError(f"AWS_ROLE_ARN: GitHub gives this job no identity (HTTP {answer.status_code}); run it again")
    return str(answer.json()["value"])


def keys(environment: Mapping[str, str], token: str) -> dict[str, str]:
    """The role's keys, by the names of their variables."""
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "DurationSeconds": str(SECONDS),
        "RoleArn": environment["AWS_ROLE_ARN"],
        "RoleSessionName": f"smarter-net-{environment.get('GITHUB_RUN_ID', '0')}",
        "WebIdentityToken": token,
    }
    answer = _answer("POST", _service(environment), data=form)
    found = {name: re.search(f"<{element}>([^<]+)</{element}>", answer.text) for element, name in SHOWN.items()}
    if answer.is_error or None in found.values():
        said = re.search(r"<Message>([^<]*)</Message>", answer.text)
        reason = said[1] if said else f"HTTP {answer.status_code}"
        cure = f"its trust policy must allow {AUDIENCE} as audience and {_subject(token)} as subject"
        raise RoleError(f"AWS_ROLE_ARN: AWS refuses the role ({reason}); {cure}")
    return {name: match[1] for name, match in found.items() if match}


def _service(environment: Mapping[str, str]) -> str:
    """The address of AWS's token service in the region of the state."""
    query = parse_qs(urlsplit(environment.get("PULUMI_BACKEND_URL", "")).query)
    region = environment.get("AWS_REGION") or query.get("region", ["us-east-1"])[0]
    return environment.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{region}.amazonaws.com"


def _subject(token: str) -> str:
    """Who the identity says the job is: what a trust policy is written for."""
    payload = token.split(".")[1] if "." in token else ""
    try:
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])
    except (ValueError, KeyError):
        return "the job's"


def _answer(method: str, url: str, **options: object) -> httpx.Response:
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=3), timeout=20) as client:
            return client.request(method, url, **options)  # type: ignore[arg-type]  # headers or a form
    except httpx.HTTPError as error:
        raise RoleError(f"AWS_ROLE_ARN: {urlsplit(url).hostname} does not answer ({error}); run it again") from error


def main(environment: Mapping[str, str]) -> int:
    """Print what sets the keys; on stderr the runner is told to hide their values wherever they come up."""
    try:
        found = keys(environment, identity(environment))
    except RoleError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for name, value in found.items():
        print(f"::add-mask::{value}", file=sys.stderr)
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
