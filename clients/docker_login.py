"""The operator's log-ins at registries, where `docker login` has put them. Having none is no mistake."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from host.errors import OperatorError
from host.run import capture

IDENTITY_TOKEN = "<token>"  # noqa: S105  a user name
"""Stands for the user where a helper holds no password, but what only Docker's own log-in can use."""


def credentials(server: str) -> str | None:
    """User and password for a registry, as base64 of `user:password`; None if there is no such log-in."""
    config = _config()
    helper = config.get("credHelpers", {}).get(server) or config.get("credsStore")
    if helper:
        return _from_helper(helper, server)
    known: dict[str, dict[str, str]] = config.get("auths", {})
    entries = [known[key] for key in (server, f"https://{server}") if key in known]
    return next((entry["auth"] for entry in entries if entry.get("auth")), None)


def _config() -> dict[str, Any]:
    folder = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    path = Path(folder) / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise OperatorError(f"{path}: cannot be read; `docker login` writes a new one") from None
    return found if isinstance(found, dict) else {}


def _from_helper(helper: str, server: str) -> str | None:
    """What a credential helper of Docker's knows; it says nothing useful, and fails, where it knows nothing."""
    answer = capture([f"docker-credential-{helper}", "get"], stdin=server)
    if answer.returncode:
        return None
    found = json.loads(answer.stdout)
    if found["Username"] == IDENTITY_TOKEN:
        return None
    return base64.b64encode(f"{found['Username']}:{found['Secret']}".encode()).decode()
