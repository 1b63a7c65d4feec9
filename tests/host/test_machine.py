"""What `ssh` is started with when a command runs on a server."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from config.topology.model import SshHost
from host.machine import Machine
from tests.config.stacks import topology

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SECRETS = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "GH_TOKEN", "CLOUDFLARE_API_TOKEN")
OWN = {"SSH_AUTH_SOCK": "/run/agent", "LANG": "C.UTF-8", "AWS_SESSION_TOKEN": "for a ProxyCommand"}


def test_ssh_is_started_without_secrets_that_it_has_no_use_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = topology("prod").host
    assert isinstance(host, SshHost)
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!{sys.executable}\nimport json, os\nprint(json.dumps(dict(os.environ)))\n")
    ssh.chmod(0o755)
    for name, value in {**dict.fromkeys(SECRETS, "hidden"), **OWN, "PATH": f"{tmp_path}:{os.environ['PATH']}"}.items():
        monkeypatch.setenv(name, value)
    got = json.loads(Machine(host).run(["true"]).stdout)
    assert not got.keys() & set(SECRETS)
    assert got.items() >= OWN.items()
