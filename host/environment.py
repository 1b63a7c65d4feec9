"""What `ssh` and `docker` are started with: the variables that they have a use for, and none with a secret.

A list of what they get, not of what is kept from them: no list knows all that an operator's shell or a job of GitHub's
holds. The connection that all share outlives what has opened it by a minute, with its environment.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from host.paths import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_*", "TERM", "COLORTERM",
    "NO_COLOR", "XDG_*", "LD_LIBRARY_PATH", "NIX_SSL_CERT_FILE", "SSL_CERT_*",
    # The operator's keys, and what asks for them.
    "SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_*", "SSH_TTY", "SSH_CONNECTION",
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GPG_TTY", "KRB5CCNAME",
    "KRB5_CONFIG",
    # A ProxyCommand's way out.
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    # Not DOCKER_AUTH_CONFIG, which holds log-ins.
    "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS", "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION", "DOCKER_DEFAULT_PLATFORM",
    # What the scripts are told.
    "SMARTER_NET_*",
)  # fmt: skip
"""Names, and patterns of names."""
TOLD = "SMARTER_NET_KEPT"
"""Variable with those patterns, for the `ssh` below."""


def environment() -> dict[str, str]:
    """Those of this process's variables that `ssh` and `docker` get."""
    return {name: value for name, value in os.environ.items() if any(fnmatchcase(name, each) for each in KEPT)}


def for_an_engine(given: Mapping[str, str]) -> dict[str, str]:
    """Those variables, with an `ssh` first on PATH that keeps all others from the real one.

    The engine needs its secrets, its plugins get what it has, and the `ssh` that they start gets what they have.
    """
    return {**given, "PATH": f"{COMMANDS}{os.pathsep}{given.get('PATH', os.defpath)}", TOLD: " ".join(KEPT)}
